// One run of one table: brings it to the newest version of its source, by changes where these suffice.
import { columnsOf } from "./delta/schema.ts";
import type { TableState } from "./delta/table.ts";
import { MissingFileError } from "./rows/parquet-file.ts";
import { SyncError } from "./sync-error.ts";
import { applyCommit, SnapshotNeeded } from "./target/changes.ts";
import { type TypeOverride, targetColumns } from "./target/column-types.ts";
import { copySnapshot, type SyncWork } from "./target/snapshot.ts";
import { type Progress, readProgress } from "./target/target-table.ts";

/** How a table is brought up to date. */
export interface SyncMode {
  /** Copies the whole table; else changes are applied. */
  policy: "SNAPSHOT" | "TRIGGERED" | "CONTINUOUS";
  /** Copies the whole table even if nothing has changed. */
  fullRefresh: boolean;
  overrides: readonly TypeOverride[];
}

/** The version that the table equals after a run. */
export interface SyncResult {
  version: number;
  /** Time of that version's commit, where it is known. */
  timestamp: number | undefined;
  /** Whether the run changed anything. */
  changed: boolean;
  /** Rows left out because their primary key contains NULL. */
  skipped: number;
}

/** Syncs until the table equals the version that was the newest when the run began, or a later one. */
export async function syncTable(work: SyncWork, mode: SyncMode): Promise<SyncResult> {
  const goal = await work.table.latestVersion();
  let copy = mode.fullRefresh;
  let changed = false;
  for (;;) {
    const progress = await readProgress(work.session, work.target);
    const start = copy ? undefined : await startOf(work, progress);
    if (start && start.version >= goal) {
      return { version: start.version, timestamp: start.timestamp, changed, skipped: progress.skipped };
    }
    changed = true;
    if (start && mode.policy !== "SNAPSHOT") copy = !(await applyChanges(work, mode, start, progress));
    else {
      await copyWhole(work, mode, progress);
      copy = false;
    }
  }
}

/** The source's state that the table equals; undefined where there is none to go on from. */
async function startOf({ table }: SyncWork, progress: Progress): Promise<TableState | undefined> {
  const { version, sourceId } = progress;
  if (version === undefined || version > (await table.latestVersion())) return undefined;
  const state = await table.stateAt(version);
  return state?.metadata.id === sourceId ? state : undefined;
}

async function copyWhole(work: SyncWork, mode: SyncMode, progress: Progress): Promise<void> {
  const newest = await requireState(work);
  const begun = progress.staging && (await stagedState(work, progress.staging.version, newest.metadata.id));
  for (const state of begun ? [begun, newest] : [newest]) {
    try {
      return await copySnapshot(work, state, targetColumns(state.columns, mode.overrides), progress);
    } catch (error) {
      // The files of an older version may have been vacuumed away: the newest one's are there.
      if (!(error instanceof MissingFileError) || state.version === newest.version) throw error;
    }
  }
}

/** The version that an interrupted copy was at, if its log is still there and the table still the same. */
async function stagedState(
  { table }: SyncWork,
  version: number,
  id: string,
): Promise<TableState | undefined> {
  if (version >= (await table.latestVersion())) return undefined;
  const state = await table.stateAt(version);
  return state?.metadata.id === id ? state : undefined;
}

async function requireState({ table }: SyncWork): Promise<TableState> {
  const state = await table.stateAt();
  if (state) return state;
  throw new SyncError(
    `the log of Delta table ${table.name} has gaps: commits between its checkpoint and its newest version are missing`,
  );
}

/** Applies every commit after `start`; false when the changes are not all there or do not suffice. */
async function applyChanges(
  work: SyncWork,
  mode: SyncMode,
  start: TableState,
  progress: Progress,
): Promise<boolean> {
  const { table, signal } = work;
  let { metadata } = start;
  const newest = await table.latestVersion();
  for (let version = start.version + 1; version <= newest; version++) {
    signal.throwIfAborted();
    const commit = await table.commit(version);
    if (!commit || progress.relid === undefined) return false;
    if (commit.metaData && commit.metaData.id !== metadata.id) return false;
    metadata = commit.metaData ?? metadata;
    const wanted = targetColumns(columnsOf(table.name, metadata), mode.overrides);
    try {
      await applyCommit(work, commit, { metadata }, wanted, progress.relid);
    } catch (error) {
      if (error instanceof SnapshotNeeded || error instanceof MissingFileError) return false;
      throw error;
    }
  }
  return true;
}
