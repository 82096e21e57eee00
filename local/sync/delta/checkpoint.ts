// Reads checkpoints: the whole state of a table at one version, in Parquet (or, in version 2, JSON with sidecars).
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { openParquet } from "../rows/parquet-file.ts";
import { SyncError } from "../sync-error.ts";
import type { Action, AddFile, Metadata, Protocol } from "./actions.ts";
import { type CheckpointFiles, parseAction } from "./log-files.ts";

type Row = Record<string, unknown>;

/** The actions that matter to a reader. */
const columns = ["add", "metaData", "protocol", "sidecar"];

/** Every action of a checkpoint, a row group at a time. */
export async function* readCheckpoint({ files }: CheckpointFiles): AsyncGenerator<Action> {
  for (const file of files) {
    for await (const row of rowsOf(file)) {
      const action = actionOf(row);
      const sidecar = row.sidecar as { path?: string } | null | undefined;
      if (action) yield action;
      if (sidecar?.path) yield* readSidecar(join(dirname(file), "_sidecars", sidecar.path));
    }
  }
}

async function* readSidecar(file: string): AsyncGenerator<Action> {
  for await (const row of rowsOf(file)) {
    const action = actionOf(row);
    if (action) yield action;
  }
}

async function* rowsOf(file: string): AsyncGenerator<Row> {
  if (file.endsWith(".json")) {
    const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line.trim() !== "");
    for (const [index, line] of lines.entries()) yield parseAction(line, file, index + 1) as Row;
    return;
  }
  await using parquet = await openParquet(file);
  const { metadata } = parquet;
  const present = new Set(metadata.schema.map((element) => element.name));
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    yield* await parquetReadObjects({
      file: parquet.file,
      metadata,
      compressors,
      columns: columns.filter((name) => present.has(name)),
      rowStart,
      rowEnd,
    });
    rowStart = rowEnd;
  }
}

function actionOf(row: Row): Action | undefined {
  if (row.add) return { add: addOf(row.add as Row) };
  if (row.metaData) return { metaData: metadataOf(row.metaData as Row) };
  if (row.protocol) return { protocol: protocolOf(row.protocol as Row) };
  return undefined;
}

function addOf(add: Row): AddFile {
  const vector = add.deletionVector as Row | null | undefined;
  return {
    path: String(add.path),
    partitionValues: (add.partitionValues ?? {}) as Record<string, string | null>,
    size: Number(add.size),
    dataChange: false,
    ...(typeof add.stats === "string" ? { stats: add.stats } : {}),
    ...(vector?.storageType
      ? {
          deletionVector: {
            storageType: String(vector.storageType),
            pathOrInlineDv: String(vector.pathOrInlineDv),
            ...(vector.offset === null || vector.offset === undefined
              ? {}
              : { offset: Number(vector.offset) }),
            sizeInBytes: Number(vector.sizeInBytes),
            cardinality: Number(vector.cardinality),
          },
        }
      : {}),
  };
}

function metadataOf(metadata: Row): Metadata {
  if (typeof metadata.schemaString !== "string")
    throw new SyncError("a checkpoint holds a table without schema");
  return {
    id: String(metadata.id),
    format: { provider: String((metadata.format as Row | undefined)?.provider ?? "parquet") },
    schemaString: metadata.schemaString,
    partitionColumns: (metadata.partitionColumns ?? []) as string[],
    configuration: (metadata.configuration ?? {}) as Record<string, string>,
  };
}

function protocolOf(protocol: Row): Protocol {
  const { readerFeatures, writerFeatures } = protocol as Partial<Protocol>;
  return {
    minReaderVersion: Number(protocol.minReaderVersion),
    minWriterVersion: Number(protocol.minWriterVersion),
    ...(readerFeatures ? { readerFeatures } : {}),
    ...(writerFeatures ? { writerFeatures } : {}),
  };
}
