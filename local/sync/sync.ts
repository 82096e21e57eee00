// The sync of a workspace: synced tables and their pipelines, begun, watched, stopped, and resumed after a restart.
import { randomUUID } from "node:crypto";
import { escapeIdentifier } from "pg";
import type { Instances } from "../api/instances-table.ts";
import type { WorkspaceClock } from "../clock.ts";
import type { Delays } from "../delays.ts";
import type { PostgresHost } from "../postgres/index.ts";
import type { Store } from "../store.ts";
import { type Lakehouse, openLakehouse } from "./lakehouse.ts";
import { type PipelineRunner, startPipelineRunner } from "./pipeline-runner.ts";
import {
  openSyncRecords,
  type PipelineRecord,
  type SyncedTableRecord,
  type SyncRecords,
  type UpdateRecord,
} from "./records.ts";
import type { RunContext } from "./run-table.ts";
import { createSlots } from "./slots.ts";
import { internalSchema } from "./target/internal-schema.ts";
import { stagingTable } from "./target/snapshot.ts";

/** Settings of {@link createSync}. */
export interface SyncOptions {
  store: Store;
  clock: WorkspaceClock;
  instances: Instances;
  postgres: PostgresHost;
  delays: Delays;
  /** Folder of the Delta tables, laid out catalog/schema/table. */
  lakehouseDir?: string;
  log: (line: string) => void;
}

/** The sync of a workspace. */
export interface Sync {
  readonly records: SyncRecords;
  readonly lakehouse: Lakehouse;
  /** Adds a table, and its pipeline if that is new; the first copy starts at once. */
  create(table: SyncedTableRecord, newPipeline?: PipelineRecord): void;
  /** Ends the sync of a table; with `purge` its rows go as well. */
  remove(table: SyncedTableRecord, purge: boolean): Promise<void>;
  /** Begins a run of a pipeline that has none under way. */
  startUpdate(
    pipeline: PipelineRecord,
    update: Pick<UpdateRecord, "fullRefresh" | "tables" | "cause">,
  ): UpdateRecord;
  /** Ends what the pipeline is doing. */
  stop(pipeline: PipelineRecord): void;
  /** Takes up after a restart what was under way. */
  resume(): void;
  /** Resolves when nothing is under way whose time has come, except where an instance is waited for. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Tables synced at the same time: enough to keep reading and writing both busy. */
const tablesAtOnce = 2;
const settledPoll = 5;

/** Makes the sync. */
export function createSync(options: SyncOptions): Sync {
  const { store, clock, postgres, instances, delays, log } = options;
  const records = openSyncRecords(store);
  const lakehouse = openLakehouse(options.lakehouseDir);
  const runners = new Map<string, PipelineRunner>();
  const slots = createSlots(tablesAtOnce);
  const context: RunContext = { records, instances, postgres, clock, lakehouse, slots, log };

  const runnerOf = (pipeline: PipelineRecord): PipelineRunner => {
    const runner = runners.get(pipeline.id) ?? startPipelineRunner(context, pipeline, { delays });
    runners.set(pipeline.id, runner);
    return runner;
  };

  const enqueue = (
    pipeline: PipelineRecord,
    update: Pick<UpdateRecord, "fullRefresh" | "tables" | "cause">,
  ): UpdateRecord => {
    const queued: UpdateRecord = {
      id: randomUUID(),
      pipelineId: pipeline.id,
      state: "QUEUED",
      createdAt: clock.now(),
      ...update,
    };
    records.addUpdate(queued);
    return queued;
  };

  /** Forgets a pipeline that has no table any more. */
  async function endPipeline(pipelineId: string): Promise<void> {
    if (records.tablesOf(pipelineId).length > 0) return;
    await runners.get(pipelineId)?.close();
    runners.delete(pipelineId);
    forget(pipelineId);
  }

  function forget(pipelineId: string): void {
    store.transaction(() => {
      for (const update of records.updatesOf(pipelineId)) records.updates.delete(update.id);
      records.pipelines.delete(pipelineId);
    });
  }

  return {
    records,
    lakehouse,
    create(table, newPipeline) {
      const pipeline = newPipeline ?? records.pipelines.get(table.pipelineId);
      if (!pipeline) throw new Error(`pipeline ${table.pipelineId} does not exist`);
      store.transaction(() => {
        records.pipelines.put(pipeline.id, pipeline);
        records.tables.put(table.name, table);
        // A running CONTINUOUS update takes the table up by itself.
        const follows = pipeline.policy === "CONTINUOUS" && records.activeUpdate(pipeline.id) !== undefined;
        const selection = pipeline.policy === "CONTINUOUS" ? {} : { tables: [table.name] };
        if (!follows) enqueue(pipeline, { cause: "USER_ACTION", fullRefresh: false, ...selection });
      });
      runnerOf(pipeline).wake();
    },
    async remove(table, purge) {
      records.change(table, { deleting: true });
      await runners.get(table.pipelineId)?.release(table);
      try {
        await removeFromPostgres(context, table, purge);
      } catch (error) {
        records.change(table, { deleting: false });
        runners.get(table.pipelineId)?.wake();
        throw error;
      }
      records.tables.delete(table.name);
      await endPipeline(table.pipelineId);
    },
    startUpdate(pipeline, update) {
      const started = enqueue(pipeline, update);
      runnerOf(pipeline).wake();
      return started;
    },
    stop(pipeline) {
      const active = records.activeUpdate(pipeline.id);
      if (!active) return;
      records.updates.put(active.id, { ...active, state: "STOPPING" });
      runnerOf(pipeline).wake();
    },
    resume() {
      for (const { value } of records.tables.entries()) {
        // A deletion that a crash cut off: the request was not answered, so the table stays.
        if (value.deleting) records.change(value, { deleting: false });
      }
      for (const { value } of records.pipelines.entries()) {
        // Its last table's deletion was cut off after the table itself.
        if (records.tablesOf(value.id).length === 0) forget(value.id);
        else runnerOf(value).wake();
      }
    },
    async settled() {
      while ([...runners.values()].some((runner) => runner.isBusy())) {
        await new Promise((resolve) => setTimeout(resolve, settledPoll));
      }
    },
    async close() {
      await Promise.all([...runners.values()].map((runner) => runner.close()));
    },
  };
}

/** Takes away what the sync keeps there. Without `purge` the table stays, as read-only as it was. */
async function removeFromPostgres(
  { postgres, instances }: RunContext,
  table: SyncedTableRecord,
  purge: boolean,
): Promise<void> {
  const { instanceUid, database, uid } = table;
  if (!instances.byUid(instanceUid) || !postgres.isRunning(instanceUid)) return;
  const found = await postgres.query(instanceUid, "postgres", "SELECT FROM pg_database WHERE datname = $1", [
    database,
  ]);
  if (found.rows.length === 0) return;
  const query = (sql: string, params?: unknown[]): ReturnType<PostgresHost["query"]> =>
    postgres.query(instanceUid, database, sql, params);
  const ready = await query(`SELECT to_regclass('${internalSchema}.tables') IS NOT NULL AS ready`);
  if (!ready.rows[0]?.ready) return;
  const { rows } = await query(
    `SELECT n.nspname AS schema, c.relname AS name FROM ${internalSchema}.tables t
     JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE t.uid = $1`,
    [uid],
  );
  const placed = rows[0];
  if (placed && purge) {
    await query(
      `DROP TABLE ${escapeIdentifier(String(placed.schema))}.${escapeIdentifier(String(placed.name))}`,
    );
  }
  await query(`DROP TABLE IF EXISTS ${stagingTable({ uid })}`);
  if (placed && !purge)
    await query(`UPDATE ${internalSchema}.tables SET staging = NULL WHERE uid = $1`, [uid]);
  else await query(`DELETE FROM ${internalSchema}.tables WHERE uid = $1`, [uid]);
}
