// Files whose writer did not say where pages start are read in parts all the same, with exactly their rows.
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DeltaType } from "../../../../local/sync/index.ts";
import { columnsOf, openDeltaTable } from "../../../../local/sync/index.ts";
import { encodeFile } from "../../../../local/sync/rows/encode.ts";
import { openParquet, readWindows } from "../../../../local/sync/rows/parquet-file.ts";
import { startLakehouse, type TestLakehouse } from "../support/lakehouse.ts";

let lakehouse: TestLakehouse;

beforeAll(async () => {
  lakehouse = await startLakehouse();
}, 600_000);
afterAll(() => lakehouse?.[Symbol.asyncDispose]());

/** Every row in the form that PostgreSQL is sent, in one piece. */
async function encoded(path: string, columns: { name: string; type: DeltaType }[], largest?: number) {
  const pieces: Uint8Array[] = [];
  for await (const { bytes } of encodeFile(
    { path, rowStart: 0, columns, constants: {}, keys: [0] },
    largest,
  )) {
    pieces.push(bytes);
  }
  return { pieces: pieces.length, bytes: Buffer.concat(pieces) };
}

test.each(["1.0", "2.0"])("pages of version %s, of every type and nested", async (page_version) => {
  const table = `main.raw.plain_${page_version[0]}`;
  await lakehouse.run(table, { do: "convert", start: 0, count: 3000, page_bytes: 700, page_version });
  const folder = join(lakehouse.dir, ...table.split("."));
  const file = join(folder, "part-0.parquet");
  await using parquet = await openParquet(file);
  expect(parquet.metadata.row_groups).toHaveLength(1);
  expect(parquet.metadata.row_groups[0]?.columns.some((column) => column.offset_index_offset)).toBe(false);
  const state = await (await openDeltaTable(table, folder))?.stateAt();
  const columns = columnsOf(table, state?.metadata as never);
  const whole = await encoded(file, columns);
  expect(whole.pieces).toBe(1);
  for (const rows of [97, 1000, 2999]) {
    const parts = await encoded(file, columns, rows);
    expect(parts.pieces).toBe(Math.ceil(3000 / rows));
    expect(parts.bytes.equals(whole.bytes), `in windows of ${rows} rows`).toBe(true);
  }
  const windows = readWindows(parquet, ["id"], 1234, 500);
  const ids: bigint[] = [];
  for await (const {
    columns: [values],
  } of windows)
    ids.push(...(values as unknown as bigint[]));
  expect(ids.map(Number)).toEqual(Array.from({ length: 3000 - 1234 }, (_, index) => 1234 + index));
});
