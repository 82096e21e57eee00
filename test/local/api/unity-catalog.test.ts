// Unity Catalog: catalogs, schemas, tables and grants, as the official plugin and SDKs use them.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApiWorkspace, type TestWorkspace } from "../support/workspace.ts";

const path = "/api/2.1/unity-catalog";
const sample = fileURLToPath(new URL("../../../examples/lakehouse", import.meta.url));
let api: TestWorkspace;

beforeAll(async () => {
  api = await startApiWorkspace({ lakehouseDir: sample });
});
afterAll(() => api[Symbol.asyncDispose]());

const call = (method: string, rest: string, body?: unknown) => api.call(method, `${path}${rest}`, body);

describe("catalogs and schemas", () => {
  test("a catalog lives as the official plugin expects: default is there and can be deleted first", async () => {
    const made = await call("POST", "/catalogs", {
      name: "std",
      comment: "one",
      enable_predictive_optimization: "INHERIT",
    });
    expect(made).toMatchObject({
      status: 200,
      body: { name: "std", comment: "one", catalog_type: "MANAGED_CATALOG" },
    });
    expect((await call("DELETE", "/schemas/std.default?")).status).toBe(200);
    expect((await call("GET", "/schemas/std.default?")).status).toBe(404);
    expect((await call("GET", "/catalogs/std?")).body).toEqual(made.body);
    const schema = await call("POST", "/schemas", { catalog_name: "std", comment: "one", name: "pub" });
    expect(schema).toMatchObject({
      status: 200,
      body: { full_name: "std.pub", name: "pub", catalog_name: "std" },
    });
    const assignment = (await call("GET", "/current-metastore-assignment")).body;
    expect(assignment.metastore_id).toBe(made.body.metastore_id);
    await call("PATCH", "/catalogs/std", { comment: "two", isolation_mode: "OPEN" });
    await call("PATCH", "/schemas/std.pub", { comment: "two" });
    expect((await call("GET", "/catalogs/std")).body).toMatchObject({
      comment: "two",
      isolation_mode: "OPEN",
    });
    expect((await call("GET", "/schemas/std.pub")).body).toMatchObject({
      comment: "two",
      full_name: "std.pub",
    });
    expect(await call("DELETE", "/catalogs/std")).toMatchObject({
      status: 400,
      body: { message: /not empty.*pub/ },
    });
    expect((await call("DELETE", "/schemas/std.pub?")).status).toBe(200);
    expect((await call("DELETE", "/catalogs/std?")).status).toBe(200);
    expect(await call("GET", "/catalogs/std")).toMatchObject({
      status: 404,
      body: { error_code: "CATALOG_DOES_NOT_EXIST" },
    });
  });

  test.each<[string, string, object | undefined, number, string]>([
    ["POST", "/catalogs", { name: "main" }, 409, "RESOURCE_ALREADY_EXISTS"],
    ["POST", "/catalogs", { name: "a.b" }, 400, "INVALID_PARAMETER_VALUE"],
    ["POST", "/schemas", { catalog_name: "main", name: "gold" }, 409, "RESOURCE_ALREADY_EXISTS"],
    ["POST", "/schemas", { catalog_name: "nope", name: "x" }, 404, "CATALOG_DOES_NOT_EXIST"],
    ["POST", "/schemas", { name: "x" }, 400, "INVALID_PARAMETER_VALUE"],
    ["GET", "/schemas/main.nope", undefined, 404, "SCHEMA_DOES_NOT_EXIST"],
    ["GET", "/tables/main.gold.nope", undefined, 404, "TABLE_DOES_NOT_EXIST"],
    ["GET", "/tables/main.gold...%2F..%2Fgold", undefined, 404, "TABLE_DOES_NOT_EXIST"],
    ["DELETE", "/catalogs/main", undefined, 400, "INVALID_STATE"],
    ["DELETE", "/schemas/main.gold", undefined, 400, "INVALID_STATE"],
    ["DELETE", "/tables/main.gold.customers", undefined, 501, "NOT_IMPLEMENTED"],
  ])("%s %s %o answers %i %s", async (method, rest, body, status, code) => {
    expect(await call(method, rest, body)).toMatchObject({ status, body: { error_code: code } });
  });

  test("a database catalog cannot take the name of a catalog of the lakehouse", async () => {
    const dir = await mkdtemp(join(tmpdir(), "lakehouse-"));
    await mkdir(join(dir, "sales"));
    await using other = await startApiWorkspace({ lakehouseDir: dir });
    try {
      await other.createInstance({ name: "db" });
      const body = { name: "sales", database_instance_name: "db", database_name: "postgres" };
      expect((await other.call("POST", "/api/2.0/database/catalogs", body)).status).toBe(409);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});

test("tables of the lakehouse show their columns and properties", async () => {
  const { body } = await call("GET", "/tables/main.gold.daily_revenue?");
  expect(body).toMatchObject({
    full_name: "main.gold.daily_revenue",
    catalog_name: "main",
    schema_name: "gold",
    data_source_format: "DELTA",
    properties: { "delta.enableChangeDataFeed": "true" },
    columns: [
      { name: "day", type_name: "DATE", nullable: false, position: 0 },
      { name: "region", type_name: "STRING", nullable: false },
      { name: "orders", type_text: "bigint" },
      {
        name: "revenue",
        type_text: "decimal(12,2)",
        type_name: "DECIMAL",
        type_precision: 12,
        type_scale: 2,
      },
      { name: "refunds" },
      { name: "loaded_at", type_name: "TIMESTAMP" },
    ],
  });
  const listed = (await call("GET", "/tables?catalog_name=main&schema_name=gold")).body.tables as {
    name: string;
  }[];
  expect(listed.map((table) => table.name)).toEqual(["customers", "daily_revenue"]);
  const schemas = (await call("GET", "/schemas?catalog_name=main")).body.schemas as { name: string }[];
  expect(schemas.map((schema) => schema.name)).toEqual(["default", "gold"]);
  expect((await call("GET", "/tables/main.gold.customers/exists")).body).toEqual({ table_exists: true });
});

test("grants are kept as changed", async () => {
  const grants = "/permissions/schema/main.gold";
  expect((await call("GET", `${grants}?`)).body).toEqual({});
  await call("PATCH", grants, { changes: [{ principal: "grp", add: ["USE SCHEMA", "SELECT"] }] });
  expect((await call("GET", grants)).body).toEqual({
    privilege_assignments: [{ principal: "grp", privileges: ["SELECT", "USE_SCHEMA"] }],
  });
  const changes = [
    { principal: "grp", remove: ["SELECT"] },
    { principal: "a@x.com", add: ["SELECT"] },
  ];
  expect((await call("PATCH", grants, { changes })).body).toEqual({
    privilege_assignments: [
      { principal: "grp", privileges: ["USE_SCHEMA"] },
      { principal: "a@x.com", privileges: ["SELECT"] },
    ],
  });
  await call("PATCH", grants, {
    changes: ["grp", "a@x.com"].map((principal) => ({ principal, remove: ["ALL_PRIVILEGES"] })),
  });
  expect((await call("GET", grants)).body).toEqual({});
});
