// Memory of the workspace's process during snapshots of larger and larger tables: it must not grow with them.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Effort, Section } from "../harness/result.ts";
import { type SourceOptions, writeDeltaSource } from "../support/delta-source.ts";
import { resetPeak, residentMb } from "../support/processes.ts";
import { declare, online } from "../support/synced-tables.ts";
import { startWorkspace } from "../support/workspace.ts";

interface Variant extends SourceOptions {
  rows: number;
  /** Megabytes of JavaScript objects that the main thread may have. */
  heapLimit?: number;
}

/** Far less than the rows of the table take. */
const smallHeap = 64;

/** Each table is copied by a process of its own. */
export async function snapshotMemory(effort: Effort, log: (line: string) => void): Promise<Section> {
  const million = effort.quick ? 10_000 : 1_000_000;
  const name = (rows: number): string => `${rows.toLocaleString("en-US")} rows`;
  const variants: Record<string, Variant> = {};
  for (const count of [1, 2, 4]) variants[name(count * million)] = { rows: count * million };
  variants[`${name(million)}, one row group`] = { rows: million, rowsOfFile: million, plain: true };
  variants[`${name(4 * million)}, heap of ${smallHeap} MB`] = { rows: 4 * million, heapLimit: smallHeap };
  const most: Record<string, number[]> = {};
  const idle: number[] = [];
  for (const [variant, options] of Object.entries(variants)) {
    const measured = await peakOf(effort, options);
    idle.push(measured.idle);
    most[variant] = [measured.peak];
    log(`memory, ${variant}: ${Math.round(measured.peak)} MB`);
  }
  return {
    title: "Memory of the workspace's process",
    note:
      "Resident at most during a snapshot, as Linux counts it, all threads; a process of its own for each table. The files " +
      "have 125,000 rows each, and say where their pages start, but for the table in one row group, whose file does not. A " +
      `million rows are about 110 MB as PostgreSQL receives them; the heap's limit is Node's \`--max-old-space-size\`; the reading thread has its own, always.`,
    measures: [{ name: "resident", unit: "MB", better: "lower", samples: { idle, ...most } }],
  };
}

async function peakOf(
  effort: Effort,
  { rows, heapLimit, ...source }: Variant,
): Promise<{ idle: number; peak: number }> {
  const lakehouseDir = await mkdtemp(join(tmpdir(), "lakebase-bench-memory-"));
  try {
    await writeDeltaSource(join(lakehouseDir, "main/bench/orders"), rows, source);
    const nodeOptions = heapLimit === undefined ? [] : [`--max-old-space-size=${heapLimit}`];
    await using workspace = await startWorkspace({ effort, lakehouseDir, nodeOptions });
    await workspace.createInstance("bench");
    await workspace.call("POST", "/api/2.1/unity-catalog/schemas", { name: "synced", catalog_name: "main" });
    const { now: idle } = await residentMb(workspace.pid);
    await resetPeak(workspace.pid);
    await declare(workspace, { name: "orders", source: "orders", policy: "SNAPSHOT" });
    await online(workspace, "orders");
    return { idle, peak: (await residentMb(workspace.pid)).peak };
  } finally {
    await rm(lakehouseDir, { recursive: true, force: true });
  }
}
