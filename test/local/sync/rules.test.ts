// What the workspace refuses of a declaration, and how tables share pipelines, catalogs and sources.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  columns,
  orders,
  path,
  plain,
  post,
  remove,
  startWithSources,
  triggered,
} from "./support/sources.ts";
import type { SyncedWorkspace } from "./support/synced.ts";

let synced: SyncedWorkspace;

beforeAll(async () => {
  synced = await startWithSources();
}, 600_000);
afterAll(() => synced?.[Symbol.asyncDispose]());

describe("rules", () => {
  test.each<[string, object, object, number, string, RegExp]>([
    [
      "an unknown source",
      { source_table_full_name: "main.default.nope" },
      {},
      404,
      "TABLE_DOES_NOT_EXIST",
      /main\.default\.nope.* no views/,
    ],
    [
      "no change data feed",
      { source_table_full_name: plain },
      {},
      400,
      "INVALID_PARAMETER_VALUE",
      /delta\.enableChangeDataFeed = true/,
    ],
    [
      "an unknown key",
      { primary_key_columns: ["nr"] },
      {},
      400,
      "INVALID_PARAMETER_VALUE",
      /no column nr; it has id, name, price/,
    ],
    ["no key", { primary_key_columns: [] }, {}, 400, "INVALID_PARAMETER_VALUE", /at least one column/],
    [
      "an unknown policy",
      { scheduling_policy: "DAILY" },
      {},
      400,
      "INVALID_PARAMETER_VALUE",
      /SNAPSHOT, TRIGGERED, CONTINUOUS/,
    ],
    [
      "two pipelines",
      { existing_pipeline_id: "x", new_pipeline_spec: {} },
      {},
      400,
      "INVALID_PARAMETER_VALUE",
      /at most one/,
    ],
    ["an unknown pipeline", { existing_pipeline_id: "x" }, {}, 404, "NOT_FOUND", /pipeline x was not found/],
    [
      "VECTOR",
      { type_overrides: [{ column_name: "name", pg_type: "VECTOR", size: 3 }] },
      {},
      400,
      "INVALID_PARAMETER_VALUE",
      /pgvector/,
    ],
    [
      "an override for no column",
      { type_overrides: [{ column_name: "nr", pg_type: "VARCHAR" }] },
      {},
      400,
      "INVALID_PARAMETER_VALUE",
      /no such column/,
    ],
    [
      "a hyphen in the name",
      {},
      { name: "main.default.my-table" },
      400,
      "INVALID_PARAMETER_VALUE",
      /underscores/,
    ],
    ["two parts", {}, { name: "default.t" }, 400, "INVALID_PARAMETER_VALUE", /catalog\.schema\.table/],
    ["an unknown catalog", {}, { name: "nope.default.t" }, 404, "CATALOG_DOES_NOT_EXIST", /nope/],
    ["an unknown schema", {}, { name: "main.nope.t" }, 404, "SCHEMA_DOES_NOT_EXIST", /main\.nope/],
    ["a name of the lakehouse", {}, { name: orders }, 409, "RESOURCE_ALREADY_EXISTS", /orders/],
    [
      "no instance",
      {},
      { database_instance_name: null },
      400,
      "INVALID_PARAMETER_VALUE",
      /database_instance_name must be set/,
    ],
    ["an unknown instance", {}, { database_instance_name: "nope" }, 404, "NOT_FOUND", /'nope' not found/],
    [
      "a missing database",
      { create_database_objects_if_missing: false },
      { logical_database_name: "nope" },
      404,
      "NOT_FOUND",
      /create_database_objects_if_missing/,
    ],
  ])("refuses %s", async (_what, spec, rest, status, error_code, message) => {
    const answer = await post(synced, "main.default.refused", spec, rest);
    expect(answer).toMatchObject({ status, body: { error_code } });
    expect(answer.body.message).toMatch(message);
  });

  test("one pipeline has one policy, runs its tables together, and ends with its last table", async () => {
    const first = await synced.create("packed_1", orders, triggered);
    const { pipeline_id } = first.data_synchronization_status as { pipeline_id: string };
    const shared = { existing_pipeline_id: pipeline_id };
    expect(
      await post(synced, "main.default.packed_2", { ...shared, scheduling_policy: "SNAPSHOT" }),
    ).toMatchObject({
      status: 400,
      body: { message: /does not match that of pipeline/ },
    });
    await synced.create("packed_2", orders, { ...triggered, ...shared });
    expect((await synced.status("packed_2")).pipeline_id).toBe(pipeline_id);
    const before = (await synced.api.call("GET", `/api/2.0/pipelines/${pipeline_id}/updates`)).body;
    const started = await synced.api.call("POST", `/api/2.0/pipelines/${pipeline_id}/updates`, {
      full_refresh_selection: ["packed_2"],
    });
    const conflict = await synced.api.call("POST", `/api/2.0/pipelines/${pipeline_id}/updates`, {});
    expect(conflict).toMatchObject({ status: 409, body: { error_code: "RESOURCE_CONFLICT" } });
    await synced.api.workspace.settled();
    const update = `/api/2.0/pipelines/${pipeline_id}/updates/${started.body.update_id}`;
    expect((await synced.api.call("GET", update)).body).toMatchObject({
      update: { state: "COMPLETED", full_refresh_selection: ["main.default.packed_2"] },
    });
    const after = (await synced.api.call("GET", `/api/2.0/pipelines/${pipeline_id}/updates`)).body;
    expect((after.updates as object[]).length).toBe((before.updates as object[]).length + 1);
    await remove(synced, "packed_1");
    expect((await synced.api.call("GET", `/api/2.0/pipelines/${pipeline_id}`)).status).toBe(200);
    await remove(synced, "packed_2");
    expect((await synced.api.call("GET", `/api/2.0/pipelines/${pipeline_id}`)).status).toBe(404);
  });

  test("a registered catalog names the instance and database, and wants storage elsewhere", async () => {
    const catalog = { name: "pgcat", database_instance_name: "db", database_name: "databricks_postgres" };
    expect((await synced.api.call("POST", "/api/2.0/database/catalogs", catalog)).status).toBe(200);
    const bare = { database_instance_name: null, logical_database_name: null };
    expect(await post(synced, "pgcat.sales.t", {}, bare)).toMatchObject({
      status: 400,
      body: { message: /storage_catalog and storage_schema/ },
    });
    const stored = { new_pipeline_spec: { storage_catalog: "main", storage_schema: "default" } };
    expect(
      await post(synced, "pgcat.sales.t", stored, { ...bare, logical_database_name: "other" }),
    ).toMatchObject({
      status: 400,
      body: { message: /logical_database_name 'other' does not match/ },
    });
    expect((await post(synced, "pgcat.sales.t", stored, bare)).status).toBe(200);
    await synced.api.workspace.settled();
    const table = (await synced.api.call("GET", `${path}/pgcat.sales.t`)).body;
    expect(table).toMatchObject({
      effective_database_instance_name: "db",
      effective_logical_database_name: "databricks_postgres",
      data_synchronization_status: { detailed_state: "SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE" },
    });
    await synced.api.call("DELETE", `${path}/pgcat.sales.t?purge_data=true`);
  });

  test("a source has 20 synced tables at most", async () => {
    const source = "main.raw.popular";
    await synced.lakehouse.run(source, { do: "write", columns, rows: [[1, "a", null]] });
    const spec = { source_table_full_name: source, scheduling_policy: "SNAPSHOT" };
    for (let number = 1; number <= 20; number++) {
      expect((await post(synced, `main.default.popular_${number}`, spec)).status).toBe(200);
    }
    expect(await post(synced, "main.default.popular_21", spec)).toMatchObject({
      status: 400,
      body: { message: "Cannot create more than 20 synced database table(s) per source table." },
    });
    await synced.api.workspace.settled();
    for (let number = 1; number <= 20; number++) {
      expect(await synced.expectEqual(`popular_${number}`, source, ["id"])).toBe(1);
    }
  });
});
