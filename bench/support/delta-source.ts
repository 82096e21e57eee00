// A Delta table of orders with so many rows, and the same rows as CSV.
import { createWriteStream } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { SchemaElement } from "hyparquet";
import { parquetWriteFile } from "hyparquet-writer";

/** The columns in PostgreSQL's words; the sync makes the same ones. */
export const columnDefinitions =
  "id BIGINT NOT NULL, customer TEXT, amount NUMERIC(12,2), placed_at TIMESTAMPTZ, paid BOOLEAN, note TEXT";

const firstOrder = Date.UTC(2024, 0, 1);

const fields: [name: string, deltaType: string, parquet: Partial<SchemaElement>][] = [
  ["id", "long", { type: "INT64" }],
  ["customer", "string", { type: "BYTE_ARRAY", converted_type: "UTF8" }],
  ["amount", "decimal(12,2)", { type: "INT64", converted_type: "DECIMAL", precision: 12, scale: 2 }],
  [
    "placed_at",
    "timestamp",
    { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" } },
  ],
  ["paid", "boolean", { type: "BOOLEAN" }],
  ["note", "string", { type: "BYTE_ARRAY", converted_type: "UTF8" }],
];

type Value = bigint | string | boolean | null;

/** How the table is laid out. */
export interface SourceOptions {
  /** The rows go there as well. */
  csvFile?: string;
  /** @default 125,000 */
  rowsOfFile?: number;
  /** One row group a file, and nothing that says where its pages start: the least that a reader can be given. */
  plain?: boolean;
}

/** Writes the table. */
export async function writeDeltaSource(
  folder: string,
  rows: number,
  options: SourceOptions = {},
): Promise<void> {
  const { csvFile, rowsOfFile = 125_000, plain = false } = options;
  const log = join(folder, "_delta_log");
  await mkdir(log, { recursive: true });
  const csv = csvFile === undefined ? undefined : createWriteStream(csvFile);
  const actions: object[] = [
    { protocol: { minReaderVersion: 1, minWriterVersion: 4 } },
    { metaData: metadata() },
  ];
  for (let start = 0; start < rows; start += rowsOfFile) {
    const count = Math.min(rowsOfFile, rows - start);
    const columns = columnsOf(start, count);
    const path = `part-${start}.snappy.parquet`;
    const file = join(folder, path);
    parquetWriteFile({
      filename: file,
      schema: [{ name: "schema", num_children: fields.length }, ...fields.map(elementOf)],
      columnData: fields.map(([name], index) => ({ name, data: columns[index] ?? [], offsetIndex: !plain })),
      ...(plain ? { rowGroupSize: rowsOfFile } : {}),
    });
    const { size } = await stat(file);
    const stats = JSON.stringify({ numRecords: count });
    actions.push({
      add: { path, partitionValues: {}, size, modificationTime: firstOrder, dataChange: true, stats },
    });
    csv?.write(csvLines(columns, count));
  }
  await writeFile(
    join(log, `${"0".repeat(20)}.json`),
    actions.map((action) => JSON.stringify(action)).join("\n"),
  );
  csv?.end();
  if (csv) await finished(csv);
}

function metadata(): object {
  const schema = fields.map(([name, type]) => ({ name, type, nullable: name !== "id", metadata: {} }));
  return {
    id: "00000000-0000-4000-8000-000000000001",
    format: { provider: "parquet", options: {} },
    schemaString: JSON.stringify({ type: "struct", fields: schema }),
    partitionColumns: [],
    configuration: { "delta.enableChangeDataFeed": "true" },
    createdTime: firstOrder,
  };
}

function elementOf([name, , element]: (typeof fields)[number]): SchemaElement {
  return { name, repetition_type: name === "id" ? "REQUIRED" : "OPTIONAL", ...element };
}

function columnsOf(start: number, count: number): Value[][] {
  const ids = Array.from({ length: count }, (_, index) => start + index);
  return [
    ids.map((id) => BigInt(id)),
    ids.map((id) => `customer ${id % 9973}`),
    ids.map((id) => BigInt((id * 7919) % 1_000_000)),
    ids.map((id) => BigInt(firstOrder + id * 61_003) * 1000n),
    ids.map((id) => id % 3 !== 0),
    ids.map((id) => (id % 4 === 0 ? null : `order ${id}, to be delivered on day ${id % 365}`)),
  ];
}

function csvLines(columns: Value[][], count: number): string {
  const [ids = [], customers = [], amounts = [], times = [], paid = [], notes = []] = columns;
  const lines: string[] = [];
  for (let row = 0; row < count; row++) {
    const amount = (Number(amounts[row]) / 100).toFixed(2);
    const time = new Date(Number((times[row] as bigint) / 1000n)).toISOString();
    const note = notes[row] === null ? "" : `"${notes[row]}"`;
    lines.push(`${ids[row]},${customers[row]},${amount},${time},${paid[row] ? "t" : "f"},${note}\n`);
  }
  return lines.join("");
}
