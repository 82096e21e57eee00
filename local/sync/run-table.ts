// Runs one synced table's sync on its instance: connection, database objects, status on the way and at the end.
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, escapeIdentifier } from "pg";
import type { Instances } from "../api/instances-table.ts";
import type { WorkspaceClock } from "../clock.ts";
import type { PostgresHost } from "../postgres/index.ts";
import type { Lakehouse } from "./lakehouse.ts";
import type { CopyProgress, SyncedTableRecord, SyncRecords } from "./records.ts";
import { createRowReader } from "./rows/row-reader.ts";
import type { Slots } from "./slots.ts";
import { SyncError } from "./sync-error.ts";
import { type SyncResult, syncTable } from "./sync-table.ts";
import { prepareDatabase } from "./target/internal-schema.ts";
import type { SyncWork } from "./target/snapshot.ts";
import type { Target } from "./target/target-table.ts";

/** What a run needs of the workspace. */
export interface RunContext {
  records: SyncRecords;
  instances: Instances;
  postgres: PostgresHost;
  clock: WorkspaceClock;
  lakehouse: Lakehouse;
  /** Limits how many tables are synced at the same time. */
  slots: Slots;
  log: (line: string) => void;
}

/** How often an instance that is not available is looked at again, in milliseconds. */
const instancePoll = 100;
/** Failures in a row, on an available instance, after which it is no passing trouble. */
const mostFailures = 5;
/** Shortest time between two progress reports, in milliseconds. */
const reportInterval = 250;

/**
 * Brings the table up to date; failures of the connection are repeated, those of the data thrown as
 * {@link SyncError}. `parked` is told when the run waits for the instance, and when it goes on.
 */
export async function runTable(
  context: RunContext,
  name: string,
  options: { fullRefresh: boolean; signal: AbortSignal; parked: (waiting: boolean) => void },
): Promise<void> {
  const { records, log } = context;
  const { signal } = options;
  for (let failures = 1; ; failures++) {
    const record = records.tables.get(name);
    if (!record || record.deleting) return;
    await awaitInstance(context, record, signal, options.parked);
    try {
      return await context.slots.use(() => runOnce(context, record, options));
    } catch (error) {
      signal.throwIfAborted();
      const reason = (error as Error).message;
      if (error instanceof SyncError) throw error;
      if (failures === mostFailures && isAvailable(context, record)) throw new SyncError(reason);
      log(`synced table ${name}: ${reason}; trying again`);
      await sleep(instancePoll * failures, undefined, { signal });
    }
  }
}

async function awaitInstance(
  context: RunContext,
  record: SyncedTableRecord,
  signal: AbortSignal,
  parked: (waiting: boolean) => void,
): Promise<void> {
  if (isAvailable(context, record)) return;
  parked(true);
  try {
    while (!isAvailable(context, record)) await sleep(instancePoll, undefined, { signal });
  } finally {
    parked(false);
  }
}

function isAvailable({ instances, postgres }: RunContext, record: SyncedTableRecord): boolean {
  const instance = instances.byUid(record.instanceUid);
  if (!instance) throw new SyncError(`database instance ${record.instanceName} does not exist any more`);
  return instance.state === "AVAILABLE" && postgres.isRunning(instance.uid);
}

async function runOnce(
  context: RunContext,
  record: SyncedTableRecord,
  { fullRefresh, signal }: { fullRefresh: boolean; signal: AbortSignal },
): Promise<void> {
  const { records, clock, lakehouse, postgres } = context;
  const { spec } = record;
  const startedAt = clock.now();
  const table = await lakehouse.table(spec.source_table_full_name);
  if (!table) {
    throw new SyncError(`TABLE_DOES_NOT_EXIST: source table '${spec.source_table_full_name}' does not exist`);
  }
  await ensureDatabase(context, record);
  const session = await postgres.session(record.instanceUid, record.database);
  try {
    await using reader = createRowReader();
    const target = await prepareTarget(session, record);
    const reporter = createReporter(records, record);
    const result = await syncTable(
      { session, target, table, reader, signal, onProgress: reporter.report },
      { policy: spec.scheduling_policy, fullRefresh, overrides: spec.type_overrides ?? [] },
    );
    finish(context, record, { ...result, startedAt, progress: reporter.last });
  } finally {
    await session.end().catch(() => {});
  }
}

/** Tells of progress, but not of every step. */
interface Reporter {
  report: SyncWork["onProgress"];
  last?: CopyProgress;
}

function createReporter(records: SyncRecords, record: SyncedTableRecord): Reporter {
  const online = record.lastSync !== undefined;
  const continuous = online && record.spec.scheduling_policy === "CONTINUOUS";
  const updating = online
    ? "SYNCED_TABLE_ONLINE_TRIGGERED_UPDATE"
    : "SYNCED_TABLE_PROVISIONING_INITIAL_SNAPSHOT";
  let reportedAt = Number.NEGATIVE_INFINITY;
  const reporter: Reporter = {
    report({ version, rows, total }) {
      reporter.last = { version, rows, ...(total === undefined ? {} : { total }) };
      if (performance.now() - reportedAt < reportInterval) return;
      reportedAt = performance.now();
      records.change(record, {
        state: continuous ? "SYNCED_TABLE_ONLINE_CONTINUOUS_UPDATE" : updating,
        message: `Applying version ${version} of ${record.spec.source_table_full_name}.`,
        progress: reporter.last,
      });
    },
  };
  return reporter;
}

function finish(
  { records, clock, log }: RunContext,
  record: SyncedTableRecord,
  result: SyncResult & { startedAt: number; progress: CopyProgress | undefined },
): void {
  const { version, timestamp, skipped, changed, startedAt, progress } = result;
  const source = record.spec.source_table_full_name;
  const present = records.tables.get(record.name);
  const state =
    record.spec.scheduling_policy === "CONTINUOUS"
      ? "SYNCED_TABLE_ONLINE_CONTINUOUS_UPDATE"
      : "SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE";
  // A run of CONTINUOUS that found nothing new says nothing new.
  if (!changed && present?.state === state && present.lastSync) return;
  const left = skipped > 0 ? ` ${skipped} rows were skipped because their primary key contains NULL.` : "";
  const commitTime = timestamp === undefined ? {} : { commitTime: timestamp };
  const endedAt = clock.now();
  records.change(record, {
    state,
    message: `Synced to version ${version} of ${source}.${left}`,
    skipped,
    ...(progress ? { progress } : {}),
    lastSync:
      changed || !present?.lastSync ? { version, startedAt, endedAt, ...commitTime } : present.lastSync,
  });
  if (changed) log(`synced table ${record.name}: at version ${version} of ${source}`);
}

async function ensureDatabase({ postgres, instances }: RunContext, record: SyncedTableRecord): Promise<void> {
  const { database, instanceUid, spec } = record;
  const found = await postgres.query(instanceUid, "postgres", "SELECT FROM pg_database WHERE datname = $1", [
    database,
  ]);
  if (found.rows.length > 0) return;
  if (!spec.create_database_objects_if_missing) {
    throw new SyncError(
      `database ${database} does not exist; create it, or set create_database_objects_if_missing`,
    );
  }
  const owner = escapeIdentifier(instances.byUid(instanceUid)?.creator ?? record.creator);
  try {
    await postgres.query(
      instanceUid,
      "postgres",
      `CREATE DATABASE ${escapeIdentifier(database)} OWNER ${owner}`,
    );
  } catch (error) {
    // 42P04: another table's sync has just made it.
    if ((error as { code?: string }).code !== "42P04") throw error;
  }
}

async function prepareTarget(session: Client, record: SyncedTableRecord): Promise<Target> {
  const { spec, uid, name } = record;
  const [, schema = "", table = ""] = name.split(".");
  const writer = await prepareDatabase(session);
  const found = await session.query("SELECT FROM pg_namespace WHERE nspname = $1", [schema]);
  if (!found.rowCount) {
    if (!spec.create_database_objects_if_missing) {
      throw new SyncError(
        `schema ${schema} does not exist; create it, or set create_database_objects_if_missing`,
      );
    }
    await session.query(`CREATE SCHEMA IF NOT EXISTS ${escapeIdentifier(schema)} AUTHORIZATION ${writer}`);
  }
  return {
    uid,
    name,
    schema,
    table,
    primaryKey: spec.primary_key_columns,
    ...(spec.timeseries_key === undefined ? {} : { timeseriesKey: spec.timeseries_key }),
    writer,
  };
}
