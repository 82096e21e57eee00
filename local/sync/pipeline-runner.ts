// Carries out the updates of one pipeline, one after the other, until it is closed.
import type { Delays } from "../delays.ts";
import { keepGoing } from "../keep-going.ts";
import { finalStates, type PipelineRecord, type SyncedTableRecord, type UpdateRecord } from "./records.ts";
import { type RunContext, runTable } from "./run-table.ts";
import { SyncError } from "./sync-error.ts";

/** How long a CONTINUOUS pipeline rests between two looks at its sources, in milliseconds of the workspace's clock. */
const continuousInterval = 15_000;

/** What a runner is doing. */
type Activity = { kind: "idle" | "working" | "parked" } | { kind: "waiting"; until: number };

/** The runner of a pipeline. */
export interface PipelineRunner {
  /** Looks for work: a new update, a new table, a stop. */
  wake(): void;
  /** Whether something is under way or due. */
  isBusy(): boolean;
  /** Ends the present work on one table; resolves once nothing touches it. */
  release(table: SyncedTableRecord): Promise<void>;
  close(): Promise<void>;
}

/** Starts a runner. */
export function startPipelineRunner(
  context: RunContext,
  { id, policy, name: pipelineName }: PipelineRecord,
  options: { delays: Pick<Delays, "updating"> },
): PipelineRunner {
  const { records, clock, log } = context;
  const closing = new AbortController();
  let activity: Activity = { kind: "idle" };
  let wakeUp = Promise.withResolvers<void>();
  let woken = false;
  let current: { uid: string; abort: AbortController; over: Promise<void> } | undefined;

  const save = (update: UpdateRecord, change: Partial<UpdateRecord>): void => {
    const present = records.updates.get(update.id);
    if (present && !finalStates.includes(present.state))
      records.updates.put(update.id, { ...present, ...change });
  };
  const isStopping = (update: UpdateRecord): boolean => {
    const state = records.updates.get(update.id)?.state;
    return state === undefined || state === "STOPPING" || finalStates.includes(state);
  };

  /** Until the time, or until woken before. */
  async function rest(until?: number): Promise<void> {
    activity = until === undefined ? { kind: "idle" } : { kind: "waiting", until };
    const cancel = new AbortController();
    const ends = AbortSignal.any([cancel.signal, closing.signal]);
    const time = clock.until(until ?? Number.POSITIVE_INFINITY, ends);
    try {
      await Promise.race([wakeUp.promise, time]);
    } finally {
      time.catch(() => {});
      cancel.abort();
    }
    wakeUp = Promise.withResolvers<void>();
    woken = false;
    activity = { kind: "working" };
  }

  /** Syncs one table; returns why that failed, if it did. */
  async function syncOne(record: SyncedTableRecord, fullRefresh: boolean): Promise<string | undefined> {
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, closing.signal]);
    const parked = (waiting: boolean): void => {
      activity = { kind: waiting ? "parked" : "working" };
    };
    const run = runTable(context, record.name, { fullRefresh, signal, parked });
    current = { uid: record.uid, abort, over: run.catch(() => {}) };
    try {
      await run;
      return undefined;
    } catch (error) {
      closing.signal.throwIfAborted();
      if (abort.signal.aborted) return undefined;
      const { message } = error as Error;
      const online = record.lastSync !== undefined;
      records.change(record, {
        state: online ? "SYNCED_TABLE_ONLINE_PIPELINE_FAILED" : "SYNCED_TABLE_OFFLINE_FAILED",
        message,
      });
      log(`synced table ${record.name}: ${message}`);
      return `${record.name}: ${message}`;
    } finally {
      current = undefined;
    }
  }

  async function syncAll(update: UpdateRecord): Promise<string[]> {
    const failures: string[] = [];
    for (const { name } of records.tablesOf(id)) {
      const record = records.tables.get(name);
      if (!record || record.deleting || isStopping(update)) continue;
      if (update.tables && !update.tables.includes(name)) continue;
      const full = update.fullRefresh;
      const failure = await syncOne(record, Array.isArray(full) ? full.includes(name) : full);
      if (failure !== undefined) failures.push(failure);
    }
    return failures;
  }

  async function carryOut(update: UpdateRecord): Promise<void> {
    if (update.state === "QUEUED") {
      save(update, { state: "INITIALIZING" });
      // What the service takes to find compute for the pipeline.
      const ready = update.createdAt + options.delays.updating;
      while (clock.now() < ready && !isStopping(update)) await rest(ready);
    }
    if (!isStopping(update)) save(update, { state: "RUNNING" });
    if (policy === "CONTINUOUS") await follow(update);
    const failures = policy === "CONTINUOUS" ? [] : await syncAll(update);
    if (isStopping(update)) save(update, { state: "CANCELED", message: "stopped by request" });
    else if (failures.length > 0) save(update, { state: "FAILED", message: failures.join("; ") });
    else save(update, { state: "COMPLETED" });
  }

  /** A CONTINUOUS update ends only when it is stopped; a table that failed is tried again each time. */
  async function follow(update: UpdateRecord): Promise<void> {
    let turn = update;
    while (!isStopping(update)) {
      const failures = await syncAll(turn);
      const { message: _old, ...present } = records.updates.get(update.id) ?? update;
      const message = failures.join("; ");
      if (message !== (_old ?? ""))
        records.updates.put(update.id, message ? { ...present, message } : present);
      turn = { ...update, fullRefresh: false };
      if (!isStopping(update)) await rest(clock.now() + continuousInterval);
    }
  }

  async function turn(): Promise<void> {
    const update = records.activeUpdate(id);
    if (update) await carryOut(update);
    else await rest();
  }

  const done = keepGoing(turn, { signal: closing.signal, name: `pipeline ${pipelineName}`, log });

  return {
    wake() {
      woken = true;
      wakeUp.resolve();
    },
    isBusy() {
      if (closing.signal.aborted) return false;
      if (woken && activity.kind !== "parked") return true;
      if (activity.kind === "waiting") return activity.until <= clock.now();
      return (
        activity.kind === "working" || (activity.kind === "idle" && records.activeUpdate(id) !== undefined)
      );
    },
    async release(table) {
      if (current?.uid !== table.uid) return;
      current.abort.abort(new SyncError(`synced table ${table.name} is being deleted`));
      await current.over;
    },
    async close() {
      closing.abort(new Error("the workspace is closing"));
      await done;
    },
  };
}
