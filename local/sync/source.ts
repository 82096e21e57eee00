// The source of a synced table: a Delta table, and what reading its files for PostgreSQL takes.
import type { AddFile, ChangeFile, RemoveFile } from "./delta/actions.ts";
import { deletedRows } from "./delta/deletion-vector.ts";
import type { DeltaTable } from "./delta/table.ts";
import type { EncodeJob } from "./rows/encode.ts";
import { partitionValue } from "./rows/partition-value.ts";
import type { TargetColumn } from "./target/column-types.ts";

/** What is the same for every file of a read. */
export interface FileReading {
  table: DeltaTable;
  columns: readonly TargetColumn[];
  partitionColumns: readonly string[];
  keys: readonly number[];
}

/** The job of reading one file. */
export async function jobOf(
  { table, columns, partitionColumns, keys }: FileReading,
  file: AddFile | RemoveFile | ChangeFile,
  options: { rowStart?: number; operation?: EncodeJob["operation"] } = {},
): Promise<EncodeJob> {
  const { rowStart = 0, operation } = options;
  const constants = columns
    .filter((column) => partitionColumns.includes(column.name))
    .map(({ name, type }) => [name, partitionValue(type, file.partitionValues?.[name], name)]);
  const vector = "deletionVector" in file ? file.deletionVector : undefined;
  return {
    path: table.fileOf(file.path),
    rowStart,
    // Plain copies: a job may go to another thread.
    columns: columns.map(({ name, type }) => ({ name, type })),
    constants: Object.fromEntries(constants),
    keys,
    ...(operation === undefined ? {} : { operation }),
    ...(vector ? { deleted: await deletedRows(vector, (path) => table.fileOf(path)) } : {}),
  };
}
