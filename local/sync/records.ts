// Synced tables, pipelines and their updates in the store.
import type { Collection, Store } from "../store.ts";
import type { TypeOverride } from "./target/column-types.ts";

/** When a table is brought up to date. */
export type SchedulingPolicy = "SNAPSHOT" | "TRIGGERED" | "CONTINUOUS";

/** What the client declared, under the names of the API. */
export interface SyncedTableSpec {
  source_table_full_name: string;
  primary_key_columns: string[];
  scheduling_policy: SchedulingPolicy;
  timeseries_key?: string;
  create_database_objects_if_missing?: boolean;
  existing_pipeline_id?: string;
  new_pipeline_spec?: { storage_catalog?: string; storage_schema?: string; budget_policy_id?: string };
  type_overrides?: TypeOverride[];
  accelerated_sync?: boolean;
}

/** States of a synced table, under the service's names; the second is its own misspelling. */
export type SyncedTableState =
  | "SYNCED_TABLE_PROVISIONING"
  | "SYNCED_TABLED_OFFLINE"
  | "SYNCED_TABLE_PROVISIONING_PIPELINE_RESOURCES"
  | "SYNCED_TABLE_PROVISIONING_INITIAL_SNAPSHOT"
  | "SYNCED_TABLE_ONLINE"
  | "SYNCED_TABLE_ONLINE_CONTINUOUS_UPDATE"
  | "SYNCED_TABLE_ONLINE_TRIGGERED_UPDATE"
  | "SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE"
  | "SYNCED_TABLE_ONLINE_PIPELINE_FAILED"
  | "SYNCED_TABLE_OFFLINE_FAILED";

/** The last time that rows arrived. Times in milliseconds since 1970. */
export interface LastSync {
  version: number;
  commitTime?: number;
  startedAt: number;
  endedAt: number;
}

/** How far the present copy is. */
export interface CopyProgress {
  version: number;
  rows: number;
  total?: number;
}

/** A synced table. */
export interface SyncedTableRecord {
  uid: string;
  name: string;
  instanceUid: string;
  instanceName: string;
  database: string;
  creator: string;
  createdAt: number;
  spec: SyncedTableSpec;
  pipelineId: string;
  state: SyncedTableState;
  message: string;
  /** Rows left out because their primary key contains NULL. */
  skipped: number;
  lastSync?: LastSync;
  progress?: CopyProgress;
  deleting?: boolean;
}

/** A pipeline: tables that are brought up to date together. */
export interface PipelineRecord {
  id: string;
  name: string;
  policy: SchedulingPolicy;
  creator: string;
  createdAt: number;
  storageCatalog?: string;
  storageSchema?: string;
  budgetPolicyId?: string;
}

/** States of an update, under the service's names. */
export type UpdateState =
  | "QUEUED"
  | "INITIALIZING"
  | "RUNNING"
  | "STOPPING"
  | "COMPLETED"
  | "FAILED"
  | "CANCELED";

/** States that an update does not leave. */
export const finalStates: readonly UpdateState[] = ["COMPLETED", "FAILED", "CANCELED"];

/** One run of a pipeline. */
export interface UpdateRecord {
  id: string;
  pipelineId: string;
  state: UpdateState;
  cause: "API_CALL" | "USER_ACTION" | "JOB_TASK";
  createdAt: number;
  /** Names of the tables; all of the pipeline's where absent. */
  tables?: string[];
  /** Names of the tables to be copied whole, or all. */
  fullRefresh: boolean | string[];
  message?: string;
}

/** The sync's collections of a store. */
export interface SyncRecords {
  tables: Collection<SyncedTableRecord>;
  pipelines: Collection<PipelineRecord>;
  updates: Collection<UpdateRecord>;
  tablesOf(pipelineId: string): SyncedTableRecord[];
  /** Oldest first. */
  updatesOf(pipelineId: string): UpdateRecord[];
  /** The oldest update that has not ended. */
  activeUpdate(pipelineId: string): UpdateRecord | undefined;
  /** Adds one, and forgets what ended so long ago that it is none of the {@link keptUpdates} newest. */
  addUpdate(update: UpdateRecord): void;
  /** Changes a table's record unless it is gone or another one has its name; returns the new one. */
  change(table: Pick<SyncedTableRecord, "name" | "uid">, change: Partial<SyncedTableRecord>): void;
}

/** Updates of a pipeline that are kept after their end. */
export const keptUpdates = 100;

/** Opens them. */
export function openSyncRecords(store: Store): SyncRecords {
  const tables = store.collection<SyncedTableRecord>("synced_table");
  const pipelines = store.collection<PipelineRecord>("pipeline");
  const updates = store.collection<UpdateRecord>("pipeline_update");
  const updatesOf = (id: string): UpdateRecord[] => updates.where("$.pipelineId", id);
  return {
    tables,
    pipelines,
    updates,
    tablesOf: (id) => tables.where("$.pipelineId", id),
    updatesOf,
    activeUpdate: (id) => updatesOf(id).find((update) => !finalStates.includes(update.state)),
    addUpdate: (update) =>
      store.transaction(() => {
        const ended = updatesOf(update.pipelineId).filter(({ state }) => finalStates.includes(state));
        for (const { id } of ended.slice(0, -keptUpdates)) updates.delete(id);
        updates.put(update.id, update);
      }),
    change({ name, uid }, change) {
      const present = tables.get(name);
      if (present?.uid === uid) tables.put(name, { ...present, ...change });
    },
  };
}
