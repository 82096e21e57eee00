// Appends rows to a Delta table without Python: a Parquet file, then the commit that makes it part of the table.
import { randomUUID } from "node:crypto";
import { link, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SchemaElement } from "hyparquet";
import { parquetWriteFile } from "hyparquet-writer";
import {
  commitFile,
  type DeltaColumn,
  openDeltaTable,
  partitionValue,
  SyncError,
  sqlTypeName,
  type TableState,
} from "../../local/sync/index.ts";

/** A row by column names; values as JSON has them, times and decimals as text. Absent columns are null. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Writer features that an append satisfies by itself. */
const writerFeatures = [
  "appendOnly",
  "changeDataFeed",
  "timestampNtz",
  "v2Checkpoint",
  "vacuumProtocolCheck",
];
const newestPlainWriter = 2;

/** Appends the rows in one commit and returns its version. */
export async function appendRows(tableDir: string, rows: readonly Row[]): Promise<number> {
  const table = await openDeltaTable(tableDir, tableDir);
  const state = await table?.stateAt();
  if (!table || !state) throw new SyncError(`${tableDir} is not a Delta table`);
  requireWritable(tableDir, state);
  requireKnownColumns(state, rows);
  const path = `part-00000-${randomUUID()}-c000.snappy.parquet`;
  const file = join(tableDir, path);
  parquetWriteFile({
    filename: file,
    schema: [{ name: "schema", num_children: state.columns.length }, ...state.columns.map(elementOf)],
    columnData: state.columns.map((column) => ({
      name: column.name,
      data: rows.map((row) => physical(column, row[column.name])),
    })),
  });
  const { size } = await stat(file);
  return commit(tableDir, state.version, { path, size, rows: rows.length });
}

/** What this writer would break, it leaves alone. */
function requireWritable(tableDir: string, { protocol, metadata }: TableState): void {
  const features = protocol.writerFeatures ?? [];
  const unknown = features.filter((feature) => !writerFeatures.includes(feature) && feature !== "invariants");
  const plain = protocol.minWriterVersion <= newestPlainWriter;
  const onlyFeed = protocol.minWriterVersion === 4 && !hasGeneratedColumns(metadata.schemaString);
  if (!plain && !onlyFeed && (protocol.minWriterVersion !== 7 || unknown.length > 0)) {
    throw new SyncError(
      `${tableDir} needs writer version ${protocol.minWriterVersion}${unknown.length > 0 ? ` with ${unknown.join(", ")}` : ""}; write it with deltalake or Spark`,
    );
  }
  if (metadata.schemaString.includes("delta.invariants")) {
    throw new SyncError(`${tableDir} has column invariants, which this tool does not check`);
  }
  if (metadata.partitionColumns.length > 0)
    throw new SyncError(`${tableDir} is partitioned; this tool is not for that`);
}

const hasGeneratedColumns = (schema: string): boolean => schema.includes("delta.generationExpression");

function requireKnownColumns({ columns }: TableState, rows: readonly Row[]): void {
  const known = columns.map((column) => column.name);
  const unknown = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (name) => !known.includes(name),
  );
  if (unknown.length === 0) return;
  throw new SyncError(`the table has no column ${unknown.join(", ")}; it has ${known.join(", ")}`);
}

function physical(column: DeltaColumn, value: Row[string] | undefined): unknown {
  if (value === null || value === undefined) {
    if (!column.nullable) throw new SyncError(`column ${column.name} must not be null`);
    return null;
  }
  return partitionValue(column.type, String(value), column.name);
}

const physicalTypes: Readonly<Record<string, Partial<SchemaElement>>> = {
  string: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  binary: { type: "BYTE_ARRAY" },
  long: { type: "INT64" },
  integer: { type: "INT32" },
  short: { type: "INT32", converted_type: "INT_16" },
  byte: { type: "INT32", converted_type: "INT_8" },
  float: { type: "FLOAT" },
  double: { type: "DOUBLE" },
  boolean: { type: "BOOLEAN" },
  date: { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } },
  timestamp: { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" } },
  timestamp_ntz: {
    type: "INT64",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MICROS" },
  },
};

/** Digits that fit 64 bits. */
const longDigits = 18;

function elementOf({ name, type, nullable }: DeltaColumn): SchemaElement {
  const known =
    type.kind === "decimal" && type.precision <= longDigits
      ? ({
          type: "INT64",
          converted_type: "DECIMAL",
          precision: type.precision,
          scale: type.scale,
        } as const)
      : physicalTypes[type.kind];
  if (!known) throw new SyncError(`column ${name} is ${sqlTypeName(type)}, which this tool does not write`);
  return { name, repetition_type: nullable ? "OPTIONAL" : "REQUIRED", ...known };
}

/** Takes the next free version: whoever makes its file first has it. */
async function commit(
  tableDir: string,
  after: number,
  added: { path: string; size: number; rows: number },
): Promise<number> {
  const timestamp = Date.now();
  const actions = [
    {
      commitInfo: {
        timestamp,
        operation: "WRITE",
        operationParameters: { mode: "Append" },
        isBlindAppend: true,
      },
    },
    {
      add: {
        path: added.path,
        partitionValues: {},
        size: added.size,
        modificationTime: timestamp,
        dataChange: true,
        stats: JSON.stringify({ numRecords: added.rows }),
      },
    },
  ];
  const content = `${actions.map((action) => JSON.stringify(action)).join("\n")}\n`;
  // A link appears whole: whoever follows the table must not take half of a commit for all of it.
  const draft = join(tableDir, "_delta_log", `.${added.path}.json.tmp`);
  await writeFile(draft, content);
  try {
    for (let version = after + 1; ; version++) {
      try {
        await link(draft, commitFile(tableDir, version));
        return version;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
  } finally {
    await rm(draft, { force: true });
  }
}
