// Parquet files read in windows of rows, column by column, in the physical values that are encoded from.
import { type FileHandle, open } from "node:fs/promises";
import {
  type AsyncBuffer,
  type FileMetaData,
  type ParquetParsers,
  parquetMetadataAsync,
  parquetScan,
  type RowGroup,
  type SchemaElement,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { SyncError } from "../sync-error.ts";
import { withPageIndexes } from "./page-index.ts";

/** An open file. */
export interface ParquetFile extends AsyncDisposable {
  readonly path: string;
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
}

/** Values of one column: an element for each row; null and undefined are both SQL's NULL. */
export type ColumnValues = ArrayLike<unknown>;

/** Some consecutive rows of a file. */
export interface Window {
  /** Position in the file of the first row. */
  rowStart: number;
  rows: number;
  /** In the order asked for; undefined for a column that the file does not have. */
  columns: (ColumnValues | undefined)[];
}

/** Uncompressed bytes of a window; its values take several times as much. */
const windowBytes = 8 * 1024 * 1024;
const largestWindow = 80_000;
/** Writers start a page at least every so many rows; a window that ends with a page wastes none. */
const rowsOfPage = 20_000;

/** Opens a file. */
export async function openParquet(path: string): Promise<ParquetFile> {
  const handle = await openFile(path);
  try {
    const file = await bufferOf(handle);
    const metadata = await parquetMetadataAsync(file);
    return { path, file, metadata, [Symbol.asyncDispose]: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw new SyncError(`${path} is not a readable Parquet file: ${(error as Error).message}`);
  }
}

/** A file that the log names and that is gone: vacuumed, most often. */
export class MissingFileError extends SyncError {}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new MissingFileError(`${path} is part of the table and does not exist`);
  }
}

async function bufferOf(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      const length = Math.max(0, Math.min(end, size) - start);
      // Not from Node's pool: decoded values are views of this memory.
      const buffer = new ArrayBuffer(length);
      await handle.read(new Uint8Array(buffer), 0, length, start);
      return buffer;
    },
  };
}

/** Reads the rows from `rowStart` on, at most `largest` at a time. */
export async function* readWindows(
  { path, ...opened }: ParquetFile,
  names: readonly string[],
  rowStart = 0,
  largest = largestWindow,
): AsyncGenerator<Window> {
  const isReadInParts = (group: RowGroup): boolean => stepOf(group, largest) < Number(group.num_rows);
  const { file, metadata } = await withPageIndexes(opened, isReadInParts);
  const physical = physicalMetadata(metadata);
  const present = new Set(topLevel(metadata.schema).map((element) => element.name));
  const columns = names.filter((name) => present.has(name));
  const scan = await parquetScan({ file, metadata: physical, columns, compressors, utf8: false, parsers });
  for (const window of windowsOf(metadata.row_groups, rowStart, largest)) {
    const read = (name: string): Promise<ColumnValues> | undefined =>
      present.has(name) ? scan.readColumn({ column: name, ...window }) : undefined;
    const rows = window.rowEnd - window.rowStart;
    const values = await Promise.all(names.map(read));
    for (const [index, column] of values.entries()) {
      if (column && column.length !== rows) {
        throw new SyncError(`${path} holds ${column.length} values of ${names[index]} for ${rows} rows`);
      }
    }
    yield { rowStart: window.rowStart, rows, columns: values };
  }
}

function* windowsOf(
  groups: readonly RowGroup[],
  from: number,
  largest: number,
): Generator<{ rowStart: number; rowEnd: number }> {
  let groupStart = 0;
  for (const group of groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    const step = stepOf(group, largest);
    for (let start = groupStart; start < groupEnd; start += step) {
      const end = Math.min(start + step, groupEnd);
      if (end > from) yield { rowStart: Math.max(start, from), rowEnd: end };
    }
    groupStart = groupEnd;
  }
}

function stepOf(group: RowGroup, largest: number): number {
  const rows = Number(group.num_rows);
  const fitting = Math.floor((windowBytes * rows) / Math.max(Number(group.total_byte_size), 1));
  const step = Math.max(1, Math.min(fitting, largest));
  return step > rowsOfPage ? step - (step % rowsOfPage) : step;
}

function topLevel(schema: readonly SchemaElement[]): SchemaElement[] {
  const elements: SchemaElement[] = [];
  // The list is a tree in depth-first order; its first element is the root.
  for (let index = 1; index < schema.length; index += sizeOf(schema, index)) {
    elements.push(schema[index] as SchemaElement);
  }
  return elements;
}

function sizeOf(schema: readonly SchemaElement[], index: number): number {
  let size = 1;
  for (let child = 0; child < (schema[index]?.num_children ?? 0); child++)
    size += sizeOf(schema, index + size);
  return size;
}

/** Times as microseconds and dates as days: what PostgreSQL stores, without a detour over lossy Date objects. */
const parsers = {
  timestampFromMilliseconds: (value: bigint) => BigInt(value) * 1000n,
  timestampFromMicroseconds: (value: bigint) => value,
  timestampFromNanoseconds: (value: bigint) => value / 1000n,
  dateFromDays: (value: number) => value,
} as unknown as Partial<ParquetParsers>;

/**
 * The metadata without the types that would turn values into something slower or less exact: decimals would
 * become floating-point numbers, and a column of text strings, only to be encoded again.
 */
function physicalMetadata(metadata: FileMetaData): FileMetaData {
  const top = new Set(topLevel(metadata.schema));
  const schema = metadata.schema.map((element) => {
    const { converted_type, logical_type, ...physical } = element;
    if (element.num_children) return element;
    if (converted_type === "DECIMAL" || logical_type?.type === "DECIMAL") return physical;
    if (!top.has(element) || inOtherUnit(element)) return element;
    return physical;
  });
  return { ...metadata, schema: schema as SchemaElement[] };
}

/** Whether the parsers have to bring the value to microseconds. */
function inOtherUnit({ converted_type, logical_type, type }: SchemaElement): boolean {
  if (type === "INT96" || converted_type === "TIMESTAMP_MILLIS") return true;
  return logical_type?.type === "TIMESTAMP" && logical_type.unit !== "MICROS";
}
