// Waits until a synced table is online or gone, telling on the way how far it is.
import { type Clock, systemClock } from "./clock.ts";
import { WorkspaceError } from "./errors.ts";
import { orNothing } from "./missing.ts";
import type { SyncedTable, SyncedTableApi } from "./synced-table-api.ts";

/** How to wait for a synced table. */
export interface SyncedTableWait {
  /** How long to wait at most. */
  deadlineMs: number;
  /** A run of the pipeline that is under way: while it lasts, an earlier failure is not the last word. */
  updateId?: string | undefined;
  /** Hears now and then what is being waited for. */
  onProgress?: ((line: string) => void) | undefined;
  clock?: Clock | undefined;
  signal?: AbortSignal | undefined;
}

/** The part of a workspace that a wait asks. */
export interface SyncedTableSource {
  readonly host: string;
  readonly syncedTables: SyncedTableApi;
  getInstance(name: string, options?: { signal?: AbortSignal | undefined }): Promise<{ state: string }>;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;
const quietMs = 5_000;
/** How long a table may stay offline on an instance that is available: a copy that resumes takes less. */
const longestOfflineMs = 120_000;

/** Whether the service says that rows are there and kept up to date. */
export function isOnline({ state }: SyncedTable): boolean {
  return state.startsWith("SYNCED_TABLE_ONLINE") && !state.endsWith("FAILED");
}

/** Whether the sync has failed, with the table online before or not. */
export function hasFailed({ state, catalogState }: SyncedTable): boolean {
  return state.endsWith("FAILED") || catalogState === "FAILED";
}

/**
 * Polls with growing pauses until the table is online: its first copy is complete.
 *
 * @throws WorkspaceError with the pipeline's own words when it has failed; when its instance is stopped or gone, or
 *   another one than the table was made in, so that no waiting helps; also at the deadline
 */
export async function waitForSyncedTable(
  source: SyncedTableSource,
  name: string,
  { deadlineMs, updateId, onProgress, clock = systemClock, signal }: SyncedTableWait,
): Promise<SyncedTable> {
  const started = clock.now();
  const tell = teller(name, started, clock, onProgress);
  let offlineSince: number | undefined;
  for (let pause = firstPauseMs; ; pause = Math.min(longestPauseMs, pause * 1.5)) {
    const table = await source.syncedTables.get(name, { signal });
    const isRunning = updateId !== undefined && (await runsStill(source, table, updateId, signal));
    if (isOnline(table) && !isRunning) return table;
    if (hasFailed(table) && !isRunning) throw failure(source.host, table, await causeOf(source, table));
    if (table.catalogState === "DELETING") throw failure(source.host, table, "it is being deleted");
    offlineSince = isOffline(table) ? (offlineSince ?? clock.now()) : undefined;
    if (offlineSince !== undefined) {
      const missing = await whatIsMissing(source, table, clock.now() - offlineSince, signal);
      if (missing !== undefined) throw offline(source.host, table, missing);
    }
    const waited = clock.now() - started;
    if (waited + pause > deadlineMs) throw stillWaiting(source.host, table, waited);
    tell(table);
    await clock.sleep(pause, signal);
  }
}

/**
 * Polls until the workspace no longer knows the table.
 *
 * @throws WorkspaceError at the deadline, or when the workspace cannot be asked
 */
export async function waitUntilSyncedTableGone(
  { host, syncedTables }: SyncedTableSource,
  name: string,
  { deadlineMs, clock = systemClock, signal }: SyncedTableWait,
): Promise<void> {
  const started = clock.now();
  for (let pause = firstPauseMs; ; pause = Math.min(longestPauseMs, pause * 1.5)) {
    const table = await orNothing(syncedTables.get(name, { signal }));
    if (table === undefined) return;
    const waited = clock.now() - started;
    if (waited + pause > deadlineMs) {
      const reason = `synced table "${name}" is ${table.catalogState} after ${seconds(waited)} and not gone`;
      const fix = "look at it in the workspace";
      throw new WorkspaceError({ errorCode: "SYNCED_TABLE_STATE", reason, host, fix });
    }
    await clock.sleep(pause, signal);
  }
}

/** The service spells it in both ways. */
function isOffline({ state }: SyncedTable): boolean {
  return state === "SYNCED_TABLED_OFFLINE" || state === "SYNCED_TABLE_OFFLINE";
}

/** What keeps the table offline for good, and its fix; undefined while waiting may help. */
async function whatIsMissing(
  source: SyncedTableSource,
  { instanceName }: SyncedTable,
  offlineMs: number,
  signal: AbortSignal | undefined,
): Promise<{ reason: string; fix: string } | undefined> {
  if (instanceName === undefined) return undefined;
  const instance = await orNothing(source.getInstance(instanceName, { signal }));
  if (instance === undefined) return { reason: `instance "${instanceName}" does not exist`, fix: anew };
  const { state } = instance;
  if (state === "STOPPED")
    return { reason: `instance "${instanceName}" is STOPPED`, fix: "start the instance" };
  if (state === "DELETING") return { reason: `instance "${instanceName}" is DELETING`, fix: anew };
  if (state !== "AVAILABLE" || offlineMs <= longestOfflineMs) return undefined;
  const reason = `and has been for ${seconds(offlineMs)} while instance "${instanceName}" is AVAILABLE: it may belong to an earlier instance of that name`;
  return { reason, fix: anew };
}

const anew =
  "run `pulumi up --refresh --replace '**:SyncedTable*$**'`, which makes a deleted instance anew, and the copies in it";

async function runsStill(
  { syncedTables }: SyncedTableSource,
  { pipelineId }: SyncedTable,
  updateId: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { state } = await syncedTables.getPipelineUpdate(pipelineId, updateId, { signal });
  return !["COMPLETED", "FAILED", "CANCELED"].includes(state);
}

/** The table's own message; where it is silent, the pipeline's. */
async function causeOf({ syncedTables }: SyncedTableSource, table: SyncedTable): Promise<string> {
  if (table.message !== "") return table.message;
  const cause =
    table.pipelineId === "" ? "" : await syncedTables.pipelineCause(table.pipelineId).catch(() => "");
  return cause === "" ? "the service gives no reason" : cause;
}

function failure(host: string, { name, state, pipelineId }: SyncedTable, cause: string): WorkspaceError {
  const where = pipelineId === "" ? "" : ` (pipeline ${pipelineId})`;
  return new WorkspaceError({
    errorCode: "SYNCED_TABLE_FAILED",
    reason: `synced table "${name}" is ${state}${where}: ${cause}`,
    host,
    fix: "mend the source table or the declaration, then run `pulumi up` again: it runs the pipeline once more",
  });
}

function offline(
  host: string,
  { name, state }: SyncedTable,
  { reason, fix }: { reason: string; fix: string },
): WorkspaceError {
  const what = `synced table "${name}" is ${state}`;
  return new WorkspaceError({ errorCode: "SYNCED_TABLE_STATE", reason: `${what}: ${reason}`, host, fix });
}

function stillWaiting(host: string, table: SyncedTable, waited: number): WorkspaceError {
  return new WorkspaceError({
    errorCode: "SYNCED_TABLE_STATE",
    reason: `synced table "${table.name}" is ${describe(table)} after ${seconds(waited)}, and not online`,
    host,
    fix: "run `pulumi up` again: it goes on waiting; or raise deadlineSeconds for a large table",
  });
}

/** Speaks when there is something new, and not in the first seconds, which most tables need no more of. */
function teller(name: string, started: number, clock: Clock, onProgress: SyncedTableWait["onProgress"]) {
  let spoken = started;
  let said = "";
  return (table: SyncedTable): void => {
    const now = clock.now();
    const words = describe(table);
    if (now - spoken < quietMs || words === said) return;
    spoken = now;
    said = words;
    onProgress?.(`synced table ${name}: ${words}, ${seconds(now - started)}`);
  };
}

function describe({ state, progress }: SyncedTable): string {
  const { rows, total } = progress ?? {};
  if (rows === undefined) return state;
  const share =
    total === undefined || total === 0 ? "" : ` of ${total}, ${Math.floor((100 * rows) / total)} %`;
  return `${state} (${rows} rows${share})`;
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`;
}
