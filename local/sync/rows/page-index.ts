// Where the pages of columns start, for files whose writer left that out: it lets rows be read without those before.
import {
  type AsyncBuffer,
  type ColumnMetaData,
  type FileMetaData,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { decompressPage } from "hyparquet/src/datapage.js";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { getMaxRepetitionLevel, getTreePath } from "hyparquet/src/schema.js";
import { compressors } from "hyparquet-compressors";

/** A page, or some that can only be read together. */
interface PageLocation {
  offset: number;
  bytes: number;
  firstRow: number;
}

/** A file and its metadata. */
interface Indexed {
  file: AsyncBuffer;
  metadata: FileMetaData;
}

/** Enough for the header of nearly every page; the statistics in it may be longer. */
const headerBytes = 512;
const longestHeader = 16 * 1024 * 1024;

/** The same file with an index for each column that has none in the groups; the indexes lie behind the file's end. */
export async function withPageIndexes(
  { file, metadata }: Indexed,
  needsIndex: (group: RowGroup) => boolean,
): Promise<Indexed> {
  const indexes = new Map<number, ArrayBuffer>();
  const tree = parquetSchema(metadata);
  let end = file.byteLength;
  const groups: RowGroup[] = [];
  for (const group of metadata.row_groups) {
    if (!needsIndex(group)) {
      groups.push(group);
      continue;
    }
    const columns: RowGroup["columns"] = [];
    for (const chunk of group.columns) {
      const { meta_data: column } = chunk;
      if (!column || hasOffsetIndex(chunk)) {
        columns.push(chunk);
        continue;
      }
      const index = encodeOffsetIndex(await locatePages(file, column, tree));
      indexes.set(end, index);
      columns.push({ ...chunk, offset_index_offset: BigInt(end), offset_index_length: index.byteLength });
      end += index.byteLength;
    }
    groups.push({ ...group, columns });
  }
  if (indexes.size === 0) return { file, metadata };
  const indexed: AsyncBuffer = {
    byteLength: file.byteLength,
    slice: (start, to) => indexes.get(start) ?? file.slice(start, to),
  };
  return { file: indexed, metadata: { ...metadata, row_groups: groups } };
}

/** Whether the writer recorded where the pages start. */
function hasOffsetIndex(chunk: RowGroup["columns"][number]): boolean {
  return Boolean(chunk.offset_index_offset && chunk.offset_index_length);
}

async function locatePages(
  file: AsyncBuffer,
  column: ColumnMetaData,
  tree: SchemaTree,
): Promise<PageLocation[]> {
  const levels = getMaxRepetitionLevel(getTreePath(tree, column.path_in_schema));
  const pages: PageLocation[] = [];
  let offset = Number(column.dictionary_page_offset || column.data_page_offset);
  const end = offset + Number(column.total_compressed_size);
  let row = 0;
  while (offset < end) {
    const { header, length } = await readHeader(file, offset, end);
    const start = offset;
    const content = offset + length;
    offset = content + header.compressed_page_size;
    const { data_page_header: v1, data_page_header_v2: v2 } = header;
    if (!v1 && !v2) continue;
    let rows = v2?.num_rows ?? v1?.num_values ?? 0;
    let startsRow = true;
    if (v1 && levels > 0) {
      const bytes = new Uint8Array(await file.slice(content, offset));
      const page = decompressPage(bytes, Number(header.uncompressed_page_size), column.codec, compressors);
      ({ rows, startsRow } = countRows(page, levels, v1.num_values));
    }
    const last = pages.at(-1);
    // A row may begin in one page and go on in the next: they are read together.
    if (last && !startsRow) last.bytes = offset - last.offset;
    else pages.push({ offset: start, bytes: offset - start, firstRow: row });
    row += rows;
  }
  return pages;
}

async function readHeader(
  file: AsyncBuffer,
  offset: number,
  end: number,
): Promise<{ header: ReturnType<typeof parquetHeader>; length: number }> {
  for (let bytes = headerBytes; ; bytes *= 8) {
    const view = new DataView(await file.slice(offset, Math.min(end, offset + bytes)));
    const reader = { view, offset: 0 };
    try {
      return { header: parquetHeader(reader), length: reader.offset };
    } catch (error) {
      // Cut off within the header.
      if (!(error instanceof RangeError) || bytes > longestHeader || view.byteLength < bytes) throw error;
    }
  }
}

/** The rows that begin in a page; a value of repetition level 0 begins one. */
function countRows(page: Uint8Array, maxLevel: number, values: number): { rows: number; startsRow: boolean } {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const levels: number[] = new Array(values);
  readRleBitPackedHybrid({ view, offset: 0 }, 32 - Math.clz32(maxLevel), levels);
  let rows = 0;
  for (const level of levels) if (level === 0) rows++;
  return { rows, startsRow: levels[0] === 0 };
}

const type = { i32: 5, i64: 6, list: 9, struct: 12 };

/** The index in Thrift's compact protocol, as a writer would have stored it. */
function encodeOffsetIndex(pages: readonly PageLocation[]): ArrayBuffer {
  const bytes: number[] = [];
  const unsigned = (value: number): void => {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
  };
  const field = (kind: number): void => void bytes.push(16 + kind);
  // Signed numbers are zigzag-encoded: twice the value where it is not negative.
  const number = (kind: number, value: number): void => {
    field(kind);
    unsigned(value * 2);
  };
  field(type.list);
  if (pages.length < 15) bytes.push(pages.length * 16 + type.struct);
  else {
    bytes.push(15 * 16 + type.struct);
    unsigned(pages.length);
  }
  for (const { offset, bytes: size, firstRow } of pages) {
    number(type.i64, offset);
    number(type.i32, size);
    number(type.i64, firstRow);
    bytes.push(0);
  }
  bytes.push(0);
  return new Uint8Array(bytes).buffer;
}
