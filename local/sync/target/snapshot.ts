// A full copy of a version of the source: into a staging table, in steps that survive a crash, then in place at once.
import { type Client, escapeIdentifier } from "pg";
import { recordedRows } from "../delta/actions.ts";
import type { DeltaTable, TableState } from "../delta/table.ts";
import type { EncodedWindow } from "../rows/encode.ts";
import type { RowReader } from "../rows/row-reader.ts";
import { jobOf } from "../source.ts";
import type { TargetColumn } from "./column-types.ts";
import { copyRows } from "./copy.ts";
import { onRows } from "./data-error.ts";
import { inTransaction, internalSchema } from "./internal-schema.ts";
import { mergeStaging, removeOlderRows } from "./merge.ts";
import {
  adopt,
  columnDefinitions,
  columnList,
  keyPositions,
  type Progress,
  planColumns,
  qualified,
  type StagingProgress,
  storeVersion,
  type Target,
} from "./target-table.ts";

/** What every step of a sync is given. */
export interface SyncWork {
  session: Client;
  target: Target;
  table: DeltaTable;
  reader: RowReader;
  signal: AbortSignal;
  /** Told after each step; `total` is undefined where the source does not say. */
  onProgress: (progress: { version: number; rows: number; total: number | undefined }) => void;
}

/** The staging table, quoted. */
export const stagingTable = (target: Pick<Target, "uid">): string =>
  `${internalSchema}.${escapeIdentifier(`staging_${target.uid}`)}`;

/** Copies a version of the source and puts it in place; goes on where an interrupted copy of the same version ended. */
export async function copySnapshot(
  work: SyncWork,
  state: TableState,
  wanted: readonly TargetColumn[],
  progress: Progress,
): Promise<void> {
  const { session, target } = work;
  const plan =
    progress.relid === undefined ? undefined : await planColumns(session, target, progress.relid, wanted);
  const columns = plan?.columns ?? [...wanted];
  const definitions = columnDefinitions(columns, target.primaryKey);
  const staging = await continueStaging(work, state.version, definitions, progress.staging);
  await copyFiles(work, state, columns, staging);
  await onRows(state.version, () =>
    inTransaction(session, async () => {
      await removeOlderRows(session, target, stagingTable(target));
      await addPrimaryKey(session, target);
      if (plan && plan.clauses.length > 0) {
        await session.query(`ALTER TABLE ${qualified(target)} ${plan.clauses.join(", ")}`);
      }
      if (plan) await mergeStaging(session, target, stagingTable(target), columns);
      else await placeStaging(session, target);
      await session.query(`UPDATE ${internalSchema}.tables SET staging = NULL WHERE uid = $1`, [target.uid]);
      const { id } = state.metadata;
      await storeVersion(session, target, { version: state.version, id }, { total: staging.skipped });
    }),
  );
}

/** The unfinished staging table if it is one of this version and shape, else a new one. */
async function continueStaging(
  { session, target }: SyncWork,
  version: number,
  columns: string,
  unfinished: StagingProgress | undefined,
): Promise<StagingProgress> {
  if (unfinished?.version === version && unfinished.columns === columns) return unfinished;
  const fresh: StagingProgress = { version, columns, file: 0, row: 0, copied: 0, skipped: 0 };
  await inTransaction(session, async () => {
    await session.query(`DROP TABLE IF EXISTS ${stagingTable(target)}`);
    await session.query(`CREATE TABLE ${stagingTable(target)} (${columns})`);
    await storeStaging(session, target, fresh);
  });
  return fresh;
}

async function storeStaging(session: Client, target: Target, staging: StagingProgress): Promise<void> {
  await session.query(`UPDATE ${internalSchema}.tables SET staging = $2 WHERE uid = $1`, [
    target.uid,
    JSON.stringify(staging),
  ]);
}

/** Copies the files from where `staging` says; each window of rows is durable together with the progress. */
async function copyFiles(
  work: SyncWork,
  state: TableState,
  columns: readonly TargetColumn[],
  staging: StagingProgress,
): Promise<void> {
  const { session, target, table, reader, signal, onProgress } = work;
  const keys = keyPositions(columns, target);
  const reading = { table, columns, keys, partitionColumns: state.metadata.partitionColumns };
  const names = columnList(columns.map((column) => column.name));
  const total = recordedRows(state.files);
  onProgress({ version: state.version, rows: staging.copied, total });
  for (; staging.file < state.files.length; staging.file++, staging.row = 0) {
    const file = state.files[staging.file];
    if (!file) break;
    for await (const window of reader.read(
      await jobOf(reading, file, { rowStart: staging.row }),
      file.size,
    )) {
      signal.throwIfAborted();
      advance(staging, window);
      await onRows(state.version, () =>
        inTransaction(session, async () => {
          await copyRows(session, stagingTable(target), names, [window.bytes]);
          await storeStaging(session, target, staging);
        }),
      );
      onProgress({ version: state.version, rows: staging.copied, total });
    }
  }
}

function advance(staging: StagingProgress, window: EncodedWindow): void {
  staging.row = window.rowEnd;
  staging.copied += window.rows;
  staging.skipped += window.skipped;
}

async function addPrimaryKey(session: Client, target: Target): Promise<void> {
  const constraint = escapeIdentifier(`${target.table.slice(0, 58)}_pkey`);
  await session.query(
    `ALTER TABLE ${stagingTable(target)} ADD CONSTRAINT ${constraint} PRIMARY KEY (${columnList(target.primaryKey)})`,
  );
}

/** The first copy becomes the table itself. */
async function placeStaging(session: Client, target: Target): Promise<void> {
  const staging = stagingTable(target);
  await session.query(`ALTER TABLE ${staging} RENAME TO ${escapeIdentifier(target.table)}`);
  await session.query(
    `ALTER TABLE ${internalSchema}.${escapeIdentifier(target.table)} SET SCHEMA ${escapeIdentifier(target.schema)}`,
  );
  await adopt(session, target);
  await session.query(`ANALYZE ${qualified(target)}`);
}
