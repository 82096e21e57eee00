// Synced tables: a large snapshot against COPY of the same rows, memory meanwhile, and how late changes arrive.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Effort, Part, Section } from "../harness/result.ts";
import { interleave } from "../harness/rounds.ts";
import { writeDeltaSource } from "../support/delta-source.ts";
import { startWorkspace } from "../support/workspace.ts";
import { changeLatency, manyTables, tablesOfSource } from "./sync-changes.ts";
import { snapshotMemory } from "./sync-memory.ts";
import { snapshotAgainstCopy } from "./sync-snapshot.ts";

/** The part. */
export const sync: Part = {
  title: "Sync: Delta Lake to PostgreSQL",
  async run(effort, log) {
    const folder = await mkdtemp(join(tmpdir(), "lakebase-bench-sync-"));
    try {
      return await measure(folder, effort, log);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measure(folder: string, effort: Effort, log: (line: string) => void): Promise<Section[]> {
  const lakehouseDir = join(folder, "lakehouse");
  const csvFile = join(folder, "orders.csv");
  const rows = effort.quick ? 20_000 : 1_000_000;
  await writeDeltaSource(join(lakehouseDir, "main/bench/orders"), rows, { csvFile });
  await writeDeltaSource(join(lakehouseDir, "main/bench/small"), 1_000);
  const tables = effort.quick ? 5 : 100;
  for (let number = 0; number < tables / tablesOfSource; number++) {
    await writeDeltaSource(join(lakehouseDir, `main/bench/many_${number}`), 1_000);
  }
  log(`source of ${rows} rows: written`);
  const workspaceDir = join(folder, "workspace");
  await using workspace = await startWorkspace({ effort, lakehouseDir, folder: workspaceDir });
  await workspace.createInstance("bench");
  await workspace.call("POST", "/api/2.1/unity-catalog/schemas", { name: "synced", catalog_name: "main" });
  const snapshot = await snapshotAgainstCopy(workspace, {
    ...{ csvFile, rows, dataDir: join(workspaceDir, "data") },
    rounds: effort.quick ? 1 : 3,
  });
  log("snapshot: done");
  const source = join(lakehouseDir, "main/bench/small");
  const latency = await changeLatency(workspace, source, effort.quick);
  log("change latency: done");
  const { seconds = {} } = await interleave({ "local workspace": () => manyTables(workspace, tables) }, 1);
  log("many tables: done");
  const many = {
    name: `${tables} tables of 1,000 rows`,
    unit: "s until all are online",
    better: "lower",
    samples: seconds,
  } as const;
  const note =
    "Declared one after the other in one pipeline (`TRIGGERED`), from the first request to the last table online.";
  const memory = await snapshotMemory(effort, log);
  return [...snapshot, memory, latency, { title: "Many tables", note, measures: [many] }];
}
