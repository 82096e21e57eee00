// Rows of a Parquet file as rows of PostgreSQL's binary COPY, a window at a time.
import type { DeltaType } from "../delta/schema.ts";
import { SyncError } from "../sync-error.ts";
import { fieldWriter, type WriteField } from "./fields.ts";
import { NulCharacterError } from "./json.ts";
import { type ColumnValues, openParquet, readWindows, type Window } from "./parquet-file.ts";
import { ByteWriter } from "./writer.ts";

/** What a change does to its row. */
export const operation = { delete: 0, upsert: 1 } as const;

/** What to read; plain data, so that another thread can do it. */
export interface EncodeJob {
  /** The Parquet file. */
  path: string;
  /** First row to read; those before it are done. */
  rowStart: number;
  /** The columns in their order in PostgreSQL, with the names of the source. */
  columns: readonly { name: string; type: DeltaType }[];
  /** Physical values of columns that no file holds, by name. */
  constants: Readonly<Record<string, unknown>>;
  /** Positions of the primary key's columns. */
  keys: readonly number[];
  /** Writes this before each row, or, for a file of changes, what the row's own `_change_type` says. */
  operation?: 0 | 1 | "of change";
  /** Rows that a deletion vector took out of the file, in ascending order. */
  deleted?: Uint32Array;
}

/** Some encoded rows. */
export interface EncodedWindow {
  /** Rows of COPY without its header and trailer. */
  bytes: Uint8Array<ArrayBuffer>;
  rows: number;
  /** Rows left out because their primary key contains NULL; those of deletions count against those of insertions. */
  skipped: number;
  /** Position in the file after the window. */
  rowEnd: number;
}

const changeType = "_change_type";
const bytesOfRow = 64;
/** Values that repeat take little room in a file: rows are passed on when so many bytes of them are encoded. */
const windowBytes = 4 * 1024 * 1024;

/** Reads and encodes a file from `rowStart` on; `largest` rows at a time instead of as many as memory suggests. */
export async function* encodeFile(job: EncodeJob, largest?: number): AsyncGenerator<EncodedWindow> {
  await using parquet = await openParquet(job.path);
  const names = job.columns
    .map((column) => column.name)
    .filter((name) => !Object.hasOwn(job.constants, name));
  const read = job.operation === "of change" ? [...names, changeType] : names;
  const writers = job.columns.map((column) => fieldWriter(column.type));
  for await (const window of readWindows(parquet, read, job.rowStart, largest)) {
    yield* encodeWindow(
      job,
      writers,
      window,
      new Map(read.map((name, index) => [name, window.columns[index]])),
    );
  }
}

function* encodeWindow(
  job: EncodeJob,
  writers: readonly WriteField[],
  window: Window,
  values: ReadonlyMap<string, ColumnValues | undefined>,
): Generator<EncodedWindow> {
  const { keys, deleted } = job;
  const columns = job.columns.map(
    ({ name }) => values.get(name) ?? constantColumn(job.constants[name], window.rows),
  );
  const capacity = Math.min(Math.max(1024, window.rows * bytesOfRow), windowBytes + windowBytes / 8);
  let writer = new ByteWriter(capacity);
  const operations = operationsOf(job, values.get(changeType));
  const fields = columns.length + (operations ? 1 : 0);
  let gone = deleted ? lowerBound(deleted, window.rowStart) : 0;
  let rows = 0;
  let skipped = 0;
  for (let row = 0; row < window.rows; row++) {
    if (writer.length > windowBytes) {
      yield { bytes: writer.written(), rows, skipped, rowEnd: window.rowStart + row };
      writer = new ByteWriter(capacity);
      rows = 0;
      skipped = 0;
    }
    if (deleted && deleted[gone] === window.rowStart + row) {
      gone++;
      continue;
    }
    if (hasNullKey(columns, keys, row)) {
      skipped += operations?.(row) === operation.delete ? -1 : 1;
      continue;
    }
    writer.int16(fields);
    if (operations) {
      writer.int32(2);
      writer.int16(operations(row));
    }
    for (let index = 0; index < columns.length; index++) {
      const value = (columns[index] as ColumnValues)[row];
      if (value === null || value === undefined) writer.int32(-1);
      else writeValue(job, writers, writer, columns, index, row, value);
    }
    rows++;
  }
  yield { bytes: writer.written(), rows, skipped, rowEnd: window.rowStart + window.rows };
}

function writeValue(
  job: EncodeJob,
  writers: readonly WriteField[],
  writer: ByteWriter,
  columns: readonly ColumnValues[],
  index: number,
  row: number,
  value: unknown,
): void {
  try {
    (writers[index] as WriteField)(writer, value);
  } catch (error) {
    if (!(error instanceof NulCharacterError)) throw error;
    const key = job.keys.map((at) => `${job.columns[at]?.name} = ${shown(columns[at]?.[row])}`).join(", ");
    throw new SyncError(
      `column ${job.columns[index]?.name} of the row with ${key} contains the character U+0000, which PostgreSQL ` +
        "cannot store in text; remove it in the source, or make the column BINARY",
    );
  }
}

function shown(value: unknown): string {
  return value instanceof Uint8Array ? JSON.stringify(new TextDecoder().decode(value)) : String(value);
}

function hasNullKey(columns: readonly ColumnValues[], keys: readonly number[], row: number): boolean {
  for (const key of keys) {
    const value = columns[key]?.[row];
    if (value === null || value === undefined) return true;
  }
  return false;
}

/** A column that is the same in every row. */
function constantColumn(value: unknown, rows: number): ColumnValues {
  return new Array(rows).fill(value ?? null);
}

const operationOfChange: Readonly<Record<string, number>> = {
  insert: operation.upsert,
  update_postimage: operation.upsert,
  delete: operation.delete,
  update_preimage: operation.delete,
};

function operationsOf(
  job: EncodeJob,
  types: ColumnValues | undefined,
): ((row: number) => number) | undefined {
  if (job.operation === undefined) return undefined;
  if (job.operation !== "of change") {
    const { operation: constant } = job;
    return () => constant;
  }
  const decoder = new TextDecoder();
  return (row) => {
    const type = types?.[row];
    const name = type instanceof Uint8Array ? decoder.decode(type) : String(type);
    const found = operationOfChange[name];
    if (found === undefined)
      throw new SyncError(`${job.path} has the unknown change type ${JSON.stringify(name)}`);
    return found;
  };
}

/** Position of the first element that is not less than `value`. */
function lowerBound(sorted: Uint32Array, value: number): number {
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
