// Rows appended without Python: deltalake reads them, and they arrive in PostgreSQL.
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appendRows } from "../../../tools/lakehouse/append-rows.ts";
import { type SyncedWorkspace, startSyncedWorkspace } from "../../local/sync/support/synced.ts";

const sample = fileURLToPath(new URL("../../../examples/lakehouse/main", import.meta.url));
let synced: SyncedWorkspace;

beforeAll(async () => {
  synced = await startSyncedWorkspace();
  await cp(sample, join(synced.lakehouse.dir, "main"), { recursive: true });
}, 600_000);
afterAll(() => synced?.[Symbol.asyncDispose]());

test("the sample lakehouse is synced, and an appended day follows", async () => {
  const source = "main.gold.daily_revenue";
  const dir = join(synced.lakehouse.dir, "main", "gold", "daily_revenue");
  const key = ["day", "region"];
  await synced.create("daily_revenue", source, { primary_key_columns: key, scheduling_policy: "CONTINUOUS" });
  expect(await synced.expectEqual("daily_revenue", source, key)).toBe(42);
  const row = {
    day: "2026-06-15",
    region: "EMEA",
    orders: 107,
    revenue: "4312.50",
    loaded_at: "2026-06-16T02:15:00.5Z",
  };
  const version = await appendRows(dir, [row, { ...row, region: "AMER", revenue: 1, refunds: "-0.05" }]);
  expect(version).toBe(9);
  await synced.refresh("daily_revenue");
  expect(await synced.expectEqual("daily_revenue", source, key)).toBe(44);
  const client = await synced.login();
  const { rows } = await client.query(
    `SELECT day::text, region, orders, revenue::text, refunds::text, loaded_at AT TIME ZONE 'UTC' = '2026-06-16 02:15:00.5' AS loaded
     FROM "default".daily_revenue WHERE day = '2026-06-15' ORDER BY region`,
  );
  await client.end();
  expect(rows).toEqual([
    { day: "2026-06-15", region: "AMER", orders: "107", revenue: "1.00", refunds: "-0.05", loaded: true },
    { day: "2026-06-15", region: "EMEA", orders: "107", revenue: "4312.50", refunds: null, loaded: true },
  ]);
});

test("nested columns of the sample arrive as JSON", async () => {
  const spec = { primary_key_columns: ["customer_id"], scheduling_policy: "SNAPSHOT" };
  await synced.create("customers", "main.gold.customers", spec);
  expect(await synced.expectEqual("customers", "main.gold.customers", ["customer_id"])).toBe(8);
});

test("what cannot be written rightly is refused", async () => {
  const gold = join(synced.lakehouse.dir, "main", "gold");
  await expect(appendRows(join(gold, "nope"), [{}])).rejects.toThrow(/not a Delta table/);
  await expect(appendRows(join(gold, "daily_revenue"), [{ dia: 1 }])).rejects.toThrow(
    /no column dia; it has day/,
  );
  await expect(appendRows(join(gold, "daily_revenue"), [{ region: "EMEA" }])).rejects.toThrow(
    /day must not be null/,
  );
  const wrong = { day: "tomorrow", region: "EMEA" };
  await expect(appendRows(join(gold, "daily_revenue"), [wrong])).rejects.toThrow(/"tomorrow" .* column day/);
  await expect(appendRows(join(gold, "customers"), [{ customer_id: 1 }])).rejects.toThrow(
    /tags is ARRAY<STRING>/,
  );
  await synced.lakehouse.run("main.raw.parts", {
    do: "write",
    columns: { id: "long", region: "string" },
    rows: [[1, "x"]],
    partition_by: ["region"],
  });
  const parts = join(synced.lakehouse.dir, "main", "raw", "parts");
  await expect(appendRows(parts, [{ id: 1 }])).rejects.toThrow(/partitioned/);
  await rm(parts, { recursive: true });
});
