// The changes of one commit of the source, applied by primary key in one transaction.
import { escapeIdentifier } from "pg";
import type { AddFile, ChangeFile, Commit, RemoveFile } from "../delta/actions.ts";
import type { TableState } from "../delta/table.ts";
import { operation } from "../rows/encode.ts";
import { jobOf } from "../source.ts";
import type { TargetColumn } from "./column-types.ts";
import { copyRows } from "./copy.ts";
import { onRows } from "./data-error.ts";
import { inTransaction } from "./internal-schema.ts";
import type { SyncWork } from "./snapshot.ts";
import { columnList, keyPositions, planColumns, qualified, sameKey, storeVersion } from "./target-table.ts";

/** The changes alone do not say what the table becomes: a full copy does. */
export class SnapshotNeeded extends Error {}

/** Column of the temporary table; no source has one of this name. */
const operationColumn = "databricks_sync_operation";
const changesTable = "pg_temp.databricks_sync_changes";

interface ChangeSet {
  file: AddFile | RemoveFile | ChangeFile;
  size: number;
  operation: 0 | 1 | "of change";
}

/** Applies a commit. `state` has the schema that the commit was made with. */
export async function applyCommit(
  work: SyncWork,
  commit: Commit,
  state: Pick<TableState, "metadata">,
  wanted: readonly TargetColumn[],
  relid: number,
): Promise<void> {
  const { session, target, onProgress } = work;
  const sets = changesOf(commit);
  const partitioned = state.metadata.partitionColumns.length > 0;
  if (partitioned && sets.some(({ file }) => file.partitionValues === undefined)) throw new SnapshotNeeded();
  await onRows(commit.version, () =>
    inTransaction(session, async () => {
      const plan = await planColumns(session, target, relid, wanted);
      if (plan.clauses.length > 0) {
        await session.query(`ALTER TABLE ${qualified(target)} ${plan.clauses.join(", ")}`);
      }
      let skipped = 0;
      if (sets.length > 0) {
        const loaded = await loadChanges(work, sets, plan.columns, state.metadata.partitionColumns);
        skipped = loaded.skipped;
        onProgress({ version: commit.version, rows: loaded.rows, total: undefined });
        if (loaded.rows > 0) await applyChanges(work, plan.columns);
        await session.query(`DROP TABLE ${changesTable}`);
      }
      await storeVersion(
        session,
        target,
        { version: commit.version, id: state.metadata.id },
        { more: skipped },
      );
    }),
  );
}

/** The change data feed where the commit has it, else the rows of its removed and added files. */
function changesOf(commit: Commit): ChangeSet[] {
  if (commit.changes.length > 0) {
    return commit.changes.map((file) => ({ file, size: file.size, operation: "of change" }));
  }
  // Files without a change of data were only rewritten, by OPTIMIZE for example.
  const removed = commit.removes.filter((file) => file.dataChange);
  const added = commit.adds.filter((file) => file.dataChange);
  return [
    ...removed.map((file) => ({ file, size: file.size ?? 0, operation: operation.delete })),
    ...added.map((file) => ({ file, size: file.size, operation: operation.upsert })),
  ];
}

async function loadChanges(
  { session, target, table, reader, signal }: SyncWork,
  sets: readonly ChangeSet[],
  columns: readonly TargetColumn[],
  partitionColumns: readonly string[],
): Promise<{ rows: number; skipped: number }> {
  const definitions = columns.map(({ name, sqlType }) => `${escapeIdentifier(name)} ${sqlType}`);
  await session.query(
    `CREATE TEMPORARY TABLE databricks_sync_changes (${operationColumn} smallint, ${definitions.join(", ")}) ON COMMIT DROP`,
  );
  const reading = { table, columns, partitionColumns, keys: keyPositions(columns, target) };
  let rows = 0;
  let skipped = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const { file, size, operation } of sets) {
      for await (const window of reader.read(await jobOf(reading, file, { operation }), size)) {
        signal.throwIfAborted();
        rows += window.rows;
        skipped += window.skipped;
        yield window.bytes;
      }
    }
  }
  const names = `${operationColumn}, ${columnList(columns.map((column) => column.name))}`;
  await copyRows(session, changesTable, names, chunks());
  return { rows, skipped };
}

/** Deletions first: an update is the deletion of the old row and the insertion of the new one. */
async function applyChanges(work: SyncWork, columns: readonly TargetColumn[]): Promise<void> {
  const { session, target } = work;
  const names = columns.map((column) => column.name);
  await session.query(`ANALYZE ${changesTable}`);
  if (target.timeseriesKey !== undefined) return applyLatest(work, names, target.timeseriesKey);
  await session.query(
    `DELETE FROM ${qualified(target)} old USING ${changesTable} change
     WHERE change.${operationColumn} = ${operation.delete} AND ${sameKey(target.primaryKey, "old", "change")}`,
  );
  await session.query(
    `INSERT INTO ${qualified(target)} (${columnList(names)}) SELECT ${columnList(names)} FROM ${changesTable}
     WHERE ${operationColumn} = ${operation.upsert}`,
  );
}

/** Of several rows with one key the latest counts. What a deletion brings back to light only the source knows. */
async function applyLatest(
  { session, target }: SyncWork,
  names: readonly string[],
  timeseriesKey: string,
): Promise<void> {
  const deletions = await session.query(
    `SELECT FROM ${changesTable} WHERE ${operationColumn} = ${operation.delete} LIMIT 1`,
  );
  if (deletions.rowCount) throw new SnapshotNeeded();
  const keys = columnList(target.primaryKey);
  const time = escapeIdentifier(timeseriesKey);
  const assignments = names.map((name) => `${escapeIdentifier(name)} = excluded.${escapeIdentifier(name)}`);
  await session.query(
    `INSERT INTO ${qualified(target)} AS old (${columnList(names)})
     SELECT DISTINCT ON (${keys}) ${columnList(names)} FROM ${changesTable}
     ORDER BY ${keys}, ${time} DESC NULLS LAST, ctid DESC
     ON CONFLICT (${keys}) DO UPDATE SET ${assignments.join(", ")}
     WHERE old.${time} IS NULL OR excluded.${time} >= old.${time}`,
  );
}
