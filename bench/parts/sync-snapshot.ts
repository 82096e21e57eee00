// Rows per second of a snapshot against \copy of the same rows as CSV, on the same server.
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { Measure, Section } from "../harness/result.ts";
import { interleave, type Readings } from "../harness/rounds.ts";
import { columnDefinitions } from "../support/delta-source.ts";
import { clientConfig } from "../support/postgres-client.ts";
import { cpuSeconds } from "../support/processes.ts";
import { hasPsql, instanceFolder, psqlCopy } from "../support/psql-copy.ts";
import { declare, drop, online } from "../support/synced-tables.ts";
import type { Workspace } from "../support/workspace.ts";

const throughGateway = "COPY through the gateway";
const bySocket = "psql \\copy by socket";
const snapshot = "sync";

/** What the snapshot is measured on. */
export interface SnapshotOptions {
  csvFile: string;
  rows: number;
  rounds: number;
  /** The workspace's data folder. */
  dataDir: string;
}

/** Each round fills a table that was not there before. */
export async function snapshotAgainstCopy(
  workspace: Workspace,
  options: SnapshotOptions,
): Promise<Section[]> {
  const { csvFile, rows, rounds, dataDir } = options;
  const client = new pg.Client(clientConfig(await workspace.connection("bench")));
  await client.connect();
  try {
    const { uid } = await workspace.call("GET", "/api/2.0/database/instances/bench");
    const folder = instanceFolder(dataDir, String(uid));
    const stream = async (): Promise<void> => {
      const target = client.query(copyFrom("COPY public.copied FROM STDIN (FORMAT csv)"));
      await pipeline(createReadStream(csvFile, { highWaterMark: 1024 * 1024 }), target);
    };
    const copies: Record<string, () => Promise<void>> = {
      ...((await hasPsql())
        ? { [bySocket]: () => psqlCopy(folder, "databricks_postgres", "public.copied", csvFile) }
        : {}),
      [throughGateway]: stream,
    };
    const variants = Object.entries(copies).map(
      ([name, copy]) => [name, () => copyCsv(client, copy, rows)] as const,
    );
    const measured = await interleave(
      { ...Object.fromEntries(variants), [snapshot]: () => sync(workspace, client, rows) },
      rounds,
    );
    const { copied = {}, keyed = {}, cpu = {} } = measured;
    const [baseline = throughGateway] = Object.keys(copies);
    const shared = {
      unit: "rows/s",
      better: "higher",
      baseline,
      goal: { variant: snapshot, atLeast: 0.7 },
    } as const;
    const measures: Measure[] = [
      { name: "copied", ...shared, samples: { ...copied, [snapshot]: keyed[snapshot] ?? [] } },
      { name: "copied, primary key, ANALYZE", ...shared, samples: keyed },
      { name: "CPU of the workspace's process", unit: "µs a row", better: "lower", samples: pick(cpu) },
    ];
    return [
      {
        title: "Snapshot",
        note:
          `${rows.toLocaleString("en-US")} rows of 6 columns from 8 Parquet files, from the request to the table online with its ` +
          "primary key and statistics, against `COPY … FROM STDIN (FORMAT csv)` of the same rows into an empty table: by psql " +
          "over the server's own socket, and through the gateway as any client has to.",
        measures,
      },
    ];
  } finally {
    await client.end();
  }
}

const pick = (samples: Measure["samples"]): Measure["samples"] => ({ [snapshot]: samples[snapshot] ?? [] });

async function copyCsv(client: pg.Client, copy: () => Promise<void>, rows: number): Promise<Readings> {
  await client.query(`CREATE TABLE public.copied (${columnDefinitions})`);
  const started = performance.now();
  await copy();
  const copied = performance.now();
  await client.query("ALTER TABLE public.copied ADD PRIMARY KEY (id)");
  await client.query("ANALYZE public.copied");
  const keyed = performance.now();
  await requireRows(client, "public.copied", rows);
  await client.query("DROP TABLE public.copied");
  return { copied: perSecond(rows, copied - started), keyed: perSecond(rows, keyed - started) };
}

async function sync(workspace: Workspace, client: pg.Client, rows: number): Promise<Readings> {
  const before = await cpuSeconds(workspace.pid);
  const started = performance.now();
  await declare(workspace, { name: "orders", source: "orders", policy: "SNAPSHOT" });
  await online(workspace, "orders");
  const millis = performance.now() - started;
  const cpu = (((await cpuSeconds(workspace.pid)) - before) / rows) * 1e6;
  await requireRows(client, "synced.orders", rows);
  await drop(workspace, "orders");
  return { keyed: perSecond(rows, millis), cpu };
}

const perSecond = (rows: number, millis: number): number => (rows / millis) * 1000;

/** A figure for something that did not happen would be worth nothing. */
async function requireRows(client: pg.Client, table: string, rows: number): Promise<void> {
  const { rows: found } = await client.query(`SELECT count(*)::int AS count FROM ${table}`);
  if (found[0].count !== rows) throw new Error(`${table} has ${found[0].count} rows, not ${rows}`);
}
