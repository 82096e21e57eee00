// The log of a Delta table: what is refused by name, gaps, checkpoints in several files and of version 2.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteFile } from "hyparquet-writer";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commitFile } from "../../../../local/sync/delta/log-files.ts";
import { type DeltaTable, openDeltaTable, type TableState } from "../../../../local/sync/delta/table.ts";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "delta-"));
  await mkdir(join(dir, "_delta_log"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const schema = (type: unknown = "long"): string =>
  JSON.stringify({ type: "struct", fields: [{ name: "id", type, nullable: false, metadata: {} }] });
const metaData = {
  id: "1",
  format: { provider: "parquet" },
  schemaString: schema(),
  partitionColumns: [],
  configuration: {},
};
const protocol = { minReaderVersion: 1, minWriterVersion: 2 };
const add = (path: string): object => ({ add: { path, partitionValues: {}, size: 1, dataChange: true } });

async function commit(version: number, ...actions: object[]): Promise<void> {
  await writeFile(commitFile(dir, version), actions.map((action) => JSON.stringify(action)).join("\n"));
}

async function open(): Promise<DeltaTable> {
  const table = await openDeltaTable("main.raw.t", dir);
  if (!table) throw new Error("no table");
  return table;
}

const stateAt = async (version?: number): Promise<TableState | undefined> => (await open()).stateAt(version);

test.each([
  [{ ...protocol, minReaderVersion: 4 }, metaData, /reader version 4/],
  [
    { ...protocol, minReaderVersion: 3, readerFeatures: ["deletionVectors", "typeWidening", "x"] },
    metaData,
    /typeWidening, x;/,
  ],
  [
    protocol,
    { ...metaData, configuration: { "delta.columnMapping.mode": "name" } },
    /columnMapping\.mode=name/,
  ],
  [protocol, { ...metaData, format: { provider: "orc" } }, /orc files/],
  [protocol, { ...metaData, schemaString: "{" }, /schema .* malformed/],
])("refuses what it does not understand, by name", async (someProtocol, someMetadata, reason) => {
  await commit(0, { protocol: someProtocol }, { metaData: someMetadata });
  await expect(stateAt()).rejects.toThrow(reason);
});

test("column mapping that is off changes nothing", async () => {
  const mapped = { ...protocol, minReaderVersion: 3, readerFeatures: ["columnMapping"] };
  await commit(
    0,
    { protocol: mapped },
    { metaData: { ...metaData, configuration: { "delta.columnMapping.mode": "none" } } },
  );
  expect((await stateAt())?.columns).toEqual([{ name: "id", type: { kind: "long" }, nullable: false }]);
});

test("files of other tables are refused, encoded paths decoded", async () => {
  await commit(0, { protocol }, { metaData }, add("a%20b.parquet"));
  const table = await open();
  expect(table.fileOf("a%20b.parquet")).toBe(join(dir, "a b.parquet"));
  for (const path of ["../x.parquet", "/x.parquet", "s3://bucket/x.parquet", "%2e%2e/x"]) {
    expect(() => table.fileOf(path)).toThrow(/outside its own folder/);
  }
});

test("versions are replayed; what is not a table is undefined, a gap too", async () => {
  expect(await openDeltaTable("t", join(dir, "nothing"))).toBeUndefined();
  expect(await openDeltaTable("t", dir)).toBeUndefined();
  await commit(0, { protocol }, { metaData }, add("a"), add("b"));
  await commit(1, { remove: { path: "a", dataChange: true } }, add("c"));
  expect((await stateAt(0))?.files.map((file) => file.path)).toEqual(["a", "b"]);
  expect((await stateAt())?.files.map((file) => file.path)).toEqual(["b", "c"]);
  await commit(3, add("d"));
  expect(await stateAt()).toBeUndefined();
  await writeFile(commitFile(dir, 2), '{"add": ');
  await expect(stateAt()).rejects.toThrow(/line 1, is not valid JSON/);
});

test("checkpoints in several files count once all are there, and of two the newest", async () => {
  const part = (number: number): string =>
    join(
      dir,
      "_delta_log",
      `${"5".padStart(20, "0")}.checkpoint.${String(number).padStart(10, "0")}.0000000002.parquet`,
    );
  await commit(5, add("newer"));
  await commit(6, add("newest"));
  writeCheckpoint(part(1), { protocol, metaData });
  expect(await stateAt()).toBeUndefined();
  writeCheckpoint(part(2), { files: ["one", "two"] });
  expect((await stateAt())?.files.map((file) => file.path)).toEqual(["newest", "one", "two"]);
});

test("checkpoints of version 2 name their sidecars", async () => {
  const log = join(dir, "_delta_log");
  await mkdir(join(log, "_sidecars"));
  writeCheckpoint(join(log, "_sidecars", "s.parquet"), { files: ["one", "two"] });
  const features = { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ["v2Checkpoint"] };
  const lines = [{ protocol: features }, { metaData }, { sidecar: { path: "s.parquet" } }];
  const name = `${"2".padStart(20, "0")}.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json`;
  await writeFile(join(log, name), lines.map((line) => JSON.stringify(line)).join("\n"));
  await commit(3, add("three"));
  expect((await stateAt())?.files.map((file) => file.path)).toEqual(["one", "three", "two"]);
});

/** The few columns of a checkpoint that a reader needs. */
function writeCheckpoint(
  filename: string,
  content: { protocol?: typeof protocol; metaData?: typeof metaData; files?: string[] },
): void {
  const rows: Record<string, unknown>[] = [
    ...(content.protocol ? [{ protocol: content.protocol }] : []),
    ...(content.metaData ? [{ metaData: content.metaData }] : []),
    ...(content.files ?? []).map((path) => ({ add: { path, size: 1n } })),
  ];
  const optional = { repetition_type: "OPTIONAL" } as const;
  const leaf = (name: string, type: "INT32" | "INT64") => ({ name, type, ...optional });
  const text = (name: string) => ({
    name,
    type: "BYTE_ARRAY" as const,
    converted_type: "UTF8" as const,
    ...optional,
  });
  const column = (name: string) => ({ name, data: rows.map((row) => row[name] ?? null) });
  parquetWriteFile({
    filename,
    schema: [
      { name: "root", num_children: 3 },
      { name: "protocol", num_children: 2, ...optional },
      leaf("minReaderVersion", "INT32"),
      leaf("minWriterVersion", "INT32"),
      { name: "metaData", num_children: 2, ...optional },
      text("id"),
      text("schemaString"),
      { name: "add", num_children: 2, ...optional },
      text("path"),
      leaf("size", "INT64"),
    ],
    columnData: ["protocol", "metaData", "add"].map(column),
  });
}
