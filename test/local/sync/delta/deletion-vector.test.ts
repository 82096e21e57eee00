// Deletion vectors, written with the Roaring library that Databricks' format is defined by.
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deletedRows } from "../../../../local/sync/delta/deletion-vector.ts";
import { openDeltaTable } from "../../../../local/sync/delta/table.ts";
import { type SyncedWorkspace, startSyncedWorkspace } from "../support/synced.ts";

let synced: SyncedWorkspace;

beforeAll(async () => {
  synced = await startSyncedWorkspace();
}, 600_000);
afterAll(() => synced?.[Symbol.asyncDispose]());

const range = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);

test.each([
  ["few rows, inline", [0, 7, 19_999], true],
  ["a run, inline", range(100, 400), true],
  ["many single rows, in a file", range(1, 20_000, 2), false],
  ["a bit set over two containers", range(0, 150_000, 3), false],
  ["runs in five containers", range(0, 300_000).filter((row) => row % 1000 < 900), false],
])("%s", async (what, rows, inline) => {
  const name = what.replaceAll(/\W/g, "_");
  const source = `main.raw.${name}`;
  const count = Math.max(20_000, (rows.at(-1) ?? 0) + 10);
  await synced.lakehouse.run(source, { do: "write", bulk: true, start: 0, count, change_feed: true });
  await synced.create(name, source, { primary_key_columns: ["id"], scheduling_policy: "TRIGGERED" });
  await synced.lakehouse.run(source, { do: "delete_by_vector", rows, inline });
  const table = await openDeltaTable(source, join(synced.lakehouse.dir, ...source.split(".")));
  const [file] = (await table?.stateAt())?.files ?? [];
  if (!table || !file?.deletionVector) throw new Error("the table has no deletion vector");
  expect((await deletedRows(file.deletionVector, table.fileOf)).join()).toBe(rows.join());
  // The commit of the vector as a change, then the whole table with its vector.
  const client = await synced.login();
  try {
    for (const full_refresh of [false, true]) {
      const { pipeline_id } = await synced.status(name);
      await synced.api.call("POST", `/api/2.0/pipelines/${pipeline_id}/updates`, { full_refresh });
      await synced.api.workspace.settled();
      expect((await synced.status(name)).message).toMatch(/^Synced to version 1/);
      const found = await client.query(`SELECT id::int FROM "default"."${name}" ORDER BY id`);
      const deleted = new Set(rows);
      const left = range(0, count).filter((row) => !deleted.has(row));
      expect(found.rows.map((row) => row.id).join()).toBe(left.join());
    }
  } finally {
    await client.end();
  }
});
