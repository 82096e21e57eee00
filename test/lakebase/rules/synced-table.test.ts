// Rules of a synced table and of the tables that a check expects.
import { describe, expect, it } from "vitest";
import {
  checkExpectedTables,
  checkSyncedTable,
  checkTablesOfSource,
  indexNameOf,
  type SyncedTableSpecification,
} from "../../../lakebase/rules/index.ts";

const good: SyncedTableSpecification = {
  name: "operational.gold.orders",
  source: "main.gold.orders",
  primaryKey: ["order_id"],
  policy: "TRIGGERED",
};
const pathsOf = (specification: SyncedTableSpecification) =>
  checkSyncedTable({ ...good, ...specification }).map(({ path }) => path);

describe("a synced table's arguments", () => {
  it.each<[string, SyncedTableSpecification]>([
    ["the usual", {}],
    ["each policy", { policy: "CONTINUOUS" }],
    ["a source with hyphens", { source: "main-eu.gold.orders" }],
    ["a composite key with another script", { primaryKey: ["région", "day"] }],
    ["a timeseries key", { timeseriesKey: "loaded_at" }],
    ["an override", { typeOverrides: [{ columnName: "v", pgType: "PG_SPECIFIC_TYPE_VECTOR", size: 3 }] }],
    ["a standard catalog", { instanceName: "orders", databaseName: "databricks_postgres" }],
    ["storage", { storageCatalog: "main", storageSchema: "pipelines", budgetPolicyId: "b-1" }],
    ["an existing pipeline", { existingPipelineId: "p-1" }],
    [
      "indexes",
      { indexes: [{ columns: ["a"] }, { columns: ["a"], method: "gin", operatorClass: "jsonb_path_ops" }] },
    ],
    ["a schedule", { refreshSchedule: { cron: "0 0 3 ? * MON-FRI", timezone: "Europe/Berlin" } }],
    ["to keep the rows", { onDelete: "keep" }],
  ])("accepts %s", (_, specification) => {
    expect(checkSyncedTable({ ...good, ...specification })).toEqual([]);
  });

  it.each<[string, SyncedTableSpecification, string]>([
    ["two parts", { name: "gold.orders" }, "name"],
    ["a hyphen in the target", { name: "operational.gold.my-orders" }, "name"],
    ["an injection as a name", { name: 'a.b.c"; DROP TABLE x; --' }, "name"],
    ["a part that PostgreSQL would cut", { name: `a.b.${"t".repeat(64)}` }, "name"],
    ["a source of two parts", { source: "gold.orders" }, "source"],
    ["an empty part of the source", { source: "main..orders" }, "source"],
    ["no key", { primaryKey: [] }, "primaryKey"],
    ["a key that is a text", { primaryKey: "id" }, "primaryKey"],
    ["a key twice", { primaryKey: ["id", "id"] }, "primaryKey"],
    ["an empty column", { primaryKey: [""] }, "primaryKey[0]"],
    ["a policy in lower case", { policy: "triggered" }, "policy"],
    ["a timeseries key within the key", { timeseriesKey: "order_id" }, "timeseriesKey"],
    [
      "an override without a size",
      { typeOverrides: [{ columnName: "v", pgType: "PG_SPECIFIC_TYPE_VECTOR" }] },
      "typeOverrides[0].size",
    ],
    [
      "an override of another type",
      { typeOverrides: [{ columnName: "v", pgType: "TEXT", size: 1 }] },
      "typeOverrides[0].pgType",
    ],
    ["a bad instance", { instanceName: "my_db" }, "instanceName"],
    ["both pipelines", { existingPipelineId: "p-1", storageCatalog: "main" }, "existingPipelineId"],
    ["a pipeline with spaces", { pipeline: "my pipeline" }, "pipeline"],
    ["a flag as a text", { acceleratedSync: "yes" }, "acceleratedSync"],
    ["another deletion", { onDelete: "drop" }, "onDelete"],
    ["an index without columns", { indexes: [{ columns: [] }] }, "indexes[0].columns"],
    [
      "an injection as a method",
      { indexes: [{ columns: ["a"], method: "btree (a); DROP TABLE x" }] },
      "indexes[0].method",
    ],
    [
      "an injection as an operator class",
      { indexes: [{ columns: ["a"], operatorClass: "x); DROP TABLE y; --" }] },
      "indexes[0].operatorClass",
    ],
    ["two indexes of one name", { indexes: [{ columns: ["a"] }, { columns: ["a"] }] }, "indexes[1]"],
    [
      "a schedule for CONTINUOUS",
      { policy: "CONTINUOUS", refreshSchedule: { cron: "0 0 3 * * ?" } },
      "refreshSchedule",
    ],
    [
      "a pause in quotes",
      { refreshSchedule: { cron: "0 0 3 * * ?", paused: "false" } },
      "refreshSchedule.paused",
    ],
    ["a Unix cron", { refreshSchedule: { cron: "0 3 * * *" } }, "refreshSchedule.cron"],
    [
      "a time zone that there is not",
      { refreshSchedule: { cron: "0 0 3 * * ?", timezone: "Mars" } },
      "refreshSchedule.timezone",
    ],
    ["no deadline at all", { deadlineSeconds: 0 }, "deadlineSeconds"],
  ])("refuses %s", (_, specification, path) => {
    expect(pathsOf(specification)).toEqual([path]);
  });

  it("tells every problem at once, each with a fix", () => {
    const problems = checkSyncedTable({
      name: "x",
      source: "y",
      primaryKey: [],
      policy: "DAILY",
      indexes: 1,
    });
    expect(problems.map(({ path }) => path)).toEqual(["name", "source", "primaryKey", "policy", "indexes"]);
    expect(problems.every(({ fix, allowed }) => fix !== "" && allowed !== undefined)).toBe(true);
  });

  it("allows one source twenty copies", () => {
    expect(checkTablesOfSource(Array(20).fill("main.gold.orders"))).toEqual([]);
    expect(checkTablesOfSource(Array(21).fill("main.gold.orders"))).toMatchObject([
      { value: "main.gold.orders" },
    ]);
  });
});

describe("the name of an index", () => {
  it.each([
    [{ columns: ["region"] }, "orders_region_idx"],
    [{ columns: ["tags"], method: "gin" }, "orders_tags_gin_idx"],
    [{ columns: ["a", "b"], name: "own" }, "own"],
  ])("of %j is %s", (index, name) => {
    expect(indexNameOf("operational.gold.orders", index)).toBe(name);
  });

  it("is cut to what PostgreSQL keeps, between characters", () => {
    const name = indexNameOf("a.b.orders", { columns: ["ü".repeat(40)], method: "hash" });
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
    expect(name).toMatch(/^orders_ü+_hash_idx$/);
  });
});

describe("expected tables", () => {
  it.each([
    [[{ name: "public.orders" }], []],
    [[{ name: "main.gold.orders", minimumRows: 1, maximumAgeSeconds: 60 }], []],
    [[{ name: "public.orders", maximumAgeSeconds: 60, timestampColumn: "loaded_at" }], []],
    [[{ name: "orders" }], ["tables[0].name"]],
    [[{ name: "public.orders", minimumRows: -1 }], ["tables[0].minimumRows"]],
    [[{ name: "public.orders", maximumAgeSeconds: 60 }], ["tables[0].maximumAgeSeconds"]],
    ["public.orders", ["tables"]],
  ])("%j", (tables, paths) => {
    expect(checkExpectedTables("tables", tables).map(({ path }) => path)).toEqual(paths);
  });
});
