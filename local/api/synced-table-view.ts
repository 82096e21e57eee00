// A synced table as the API shows it.
import { timestamp } from "../clock.ts";
import type { SyncedTableRecord } from "../sync/index.ts";
import type { Workspace } from "./context.ts";
import { withoutUndefined } from "./instance-record.ts";

/** The answer for a synced table. The instance and database of the request read as `effective_*`. */
export function viewSyncedTable({ instances }: Workspace, record: SyncedTableRecord): object {
  const available = instances.byUid(record.instanceUid)?.state === "AVAILABLE";
  return {
    name: record.name,
    effective_database_instance_name: record.instanceName,
    effective_logical_database_name: record.database,
    spec: record.spec,
    unity_catalog_provisioning_state: provisioningState(record),
    data_synchronization_status: viewStatus(record, available),
  };
}

function provisioningState(record: SyncedTableRecord): string {
  if (record.deleting) return "DELETING";
  if (record.state === "SYNCED_TABLE_PROVISIONING") return "PROVISIONING";
  return record.state === "SYNCED_TABLE_OFFLINE_FAILED" ? "FAILED" : "ACTIVE";
}

function viewStatus(record: SyncedTableRecord, available: boolean): object {
  const { lastSync, state } = record;
  const offline = !available && lastSync !== undefined;
  return withoutUndefined({
    detailed_state: offline ? "SYNCED_TABLED_OFFLINE" : state,
    message: offline ? `Database instance ${record.instanceName} is not available.` : record.message,
    pipeline_id: record.pipelineId,
    last_sync: lastSync && {
      delta_table_sync_info: withoutUndefined({
        delta_commit_version: lastSync.version,
        delta_commit_timestamp:
          lastSync.commitTime === undefined ? undefined : timestamp(lastSync.commitTime),
      }),
      sync_start_timestamp: timestamp(lastSync.startedAt),
      sync_end_timestamp: timestamp(lastSync.endedAt),
    },
    ...(offline ? {} : detailsOf(record)),
  });
}

/** The part of the status that belongs to the state. */
function detailsOf(record: SyncedTableRecord): object {
  const { state, lastSync } = record;
  const position = lastSync
    ? { last_processed_commit_version: lastSync.version, timestamp: timestamp(lastSync.endedAt) }
    : {};
  switch (state) {
    case "SYNCED_TABLE_PROVISIONING":
      return {};
    case "SYNCED_TABLE_PROVISIONING_INITIAL_SNAPSHOT":
    case "SYNCED_TABLE_PROVISIONING_PIPELINE_RESOURCES":
      return { provisioning_status: { initial_pipeline_sync_progress: viewProgress(record, false) } };
    case "SYNCED_TABLE_ONLINE_CONTINUOUS_UPDATE":
      return {
        continuous_update_status: { ...position, initial_pipeline_sync_progress: viewProgress(record, true) },
      };
    case "SYNCED_TABLE_ONLINE_PIPELINE_FAILED":
    case "SYNCED_TABLE_OFFLINE_FAILED":
      return { failed_status: position };
    default:
      return {
        triggered_update_status: {
          ...position,
          triggered_update_progress: viewProgress(record, state === "SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE"),
        },
      };
  }
}

function viewProgress({ progress }: SyncedTableRecord, complete: boolean): object | undefined {
  if (!progress) return undefined;
  const { version, rows, total } = progress;
  const completion = complete ? 1 : total ? Math.min(1, rows / total) : undefined;
  return withoutUndefined({
    latest_version_currently_processing: version,
    provisioning_phase: "PROVISIONING_PHASE_MAIN",
    sync_progress_completion: completion,
    synced_row_count: rows,
    total_row_count: total,
  });
}
