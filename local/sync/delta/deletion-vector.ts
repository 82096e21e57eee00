// Deletion vectors: the rows that a data file still holds and the table no longer has, as Roaring bitmaps.
import { readFile } from "node:fs/promises";
import { SyncError } from "../sync-error.ts";
import type { DeletionVectorDescriptor } from "./actions.ts";

/** Of a 64-bit bitmap array in the portable format. */
const magic = 1681511377;
const cookieWithoutRuns = 12346;
const cookieWithRuns = 12347;
/** Below this many containers a bitmap with runs has no offsets. */
const fewContainers = 4;
/** A container with more values is a bit set of this many bytes instead of a list. */
const largestList = 4096;
const bitSetBytes = 8192;

/** The deleted rows of a file, in ascending order. `fileOf` finds a path of the table. */
export async function deletedRows(
  vector: DeletionVectorDescriptor,
  fileOf: (path: string) => string,
): Promise<Uint32Array> {
  const rows = parseBitmaps(await bytesOf(vector, fileOf));
  if (rows.length !== vector.cardinality) {
    throw new SyncError(
      `a deletion vector names ${rows.length} rows where the log says ${vector.cardinality}; the table is damaged`,
    );
  }
  return Uint32Array.from(rows);
}

async function bytesOf(
  vector: DeletionVectorDescriptor,
  fileOf: (path: string) => string,
): Promise<DataView> {
  const { storageType, pathOrInlineDv: text, sizeInBytes } = vector;
  if (storageType === "i") return viewOf(decodeZ85(text).subarray(0, sizeInBytes));
  if (storageType !== "u") {
    throw new SyncError(
      `a deletion vector is stored as ${JSON.stringify(storageType)}; the local workspace reads inline ones and ` +
        "those in the table's own folder",
    );
  }
  // The last 20 characters are a UUID; those before it a random prefix that is a folder.
  const prefix = text.slice(0, -20);
  const uuid = Buffer.from(decodeZ85(text.slice(-20)))
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  const file = await readFile(fileOf(`${prefix ? `${prefix}/` : ""}deletion_vector_${uuid}.bin`));
  // In a file the vector follows its length, and is followed by a checksum.
  const start = (vector.offset ?? 0) + 4;
  return viewOf(file.subarray(start, start + sizeInBytes));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/** Base 85 of ZeroMQ: five characters for four bytes. */
function decodeZ85(text: string): Uint8Array {
  const bytes = new DataView(new ArrayBuffer((text.length / 5) * 4));
  for (let index = 0; index < text.length; index += 5) {
    let value = 0;
    for (const character of text.slice(index, index + 5)) value = value * 85 + alphabet.indexOf(character);
    bytes.setUint32((index / 5) * 4, value);
  }
  return new Uint8Array(bytes.buffer);
}

function parseBitmaps(view: DataView): number[] {
  if (view.getInt32(0, true) !== magic) throw new SyncError("a deletion vector has an unknown format");
  const count = Number(view.getBigInt64(4, true));
  const rows: number[] = [];
  let at = 12;
  for (let index = 0; index < count; index++) {
    if (view.getUint32(at, true) !== 0)
      throw new SyncError("a data file with more than 2^32 rows cannot be read");
    at = parseBitmap(view, at + 4, rows);
  }
  return rows;
}

/** Appends the values of a 32-bit bitmap, and returns the position after it. */
function parseBitmap(view: DataView, start: number, rows: number[]): number {
  const cookie = view.getUint32(start, true);
  const withRuns = (cookie & 0xffff) === cookieWithRuns;
  if (!withRuns && cookie !== cookieWithoutRuns)
    throw new SyncError("a deletion vector has an unknown format");
  const containers = withRuns ? (cookie >>> 16) + 1 : view.getUint32(start + 4, true);
  const runFlags = start + 4;
  const header = withRuns ? runFlags + Math.ceil(containers / 8) : start + 8;
  let at = header + 4 * containers;
  if (!withRuns || containers >= fewContainers) at += 4 * containers;
  for (let index = 0; index < containers; index++) {
    const high = view.getUint16(header + 4 * index, true) * 65_536;
    const cardinality = view.getUint16(header + 4 * index + 2, true) + 1;
    const isRun = withRuns && (view.getUint8(runFlags + (index >> 3)) & (1 << (index & 7))) !== 0;
    if (isRun) at = parseRuns(view, at, high, rows);
    else if (cardinality > largestList) at = parseBitSet(view, at, high, rows);
    else {
      for (let item = 0; item < cardinality; item++, at += 2) rows.push(high + view.getUint16(at, true));
    }
  }
  return at;
}

function parseRuns(view: DataView, start: number, high: number, rows: number[]): number {
  const runs = view.getUint16(start, true);
  let at = start + 2;
  for (let run = 0; run < runs; run++, at += 4) {
    const first = view.getUint16(at, true);
    const following = view.getUint16(at + 2, true);
    for (let value = first; value <= first + following; value++) rows.push(high + value);
  }
  return at;
}

function parseBitSet(view: DataView, start: number, high: number, rows: number[]): number {
  for (let index = 0; index < bitSetBytes; index++) {
    const byte = view.getUint8(start + index);
    for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) rows.push(high + index * 8 + bit);
  }
  return start + bitSetBytes;
}
