// Synced tables through the API and in PostgreSQL: status, rules, what is read-only, what is refused, what is left.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../support/workspace.ts";
import { type SyncedWorkspace, startSyncedWorkspace } from "./support/synced.ts";

let synced: SyncedWorkspace;
const orders = "main.default.orders";
const plain = "main.default.plain";
const columns = { id: "long", name: "string", price: "decimal" };
const path = "/api/2.0/database/synced_tables";
const triggered = { primary_key_columns: ["id"], scheduling_policy: "TRIGGERED" };

beforeAll(async () => {
  synced = await startSyncedWorkspace();
  const rows = [
    [1, "one", "1.00"],
    [2, "two", null],
    [3, "three", "3.33"],
  ];
  await synced.lakehouse.run(orders, { do: "write", columns, rows, change_feed: true });
  await synced.lakehouse.run(plain, { do: "write", columns, rows });
}, 600_000);
afterAll(() => synced?.[Symbol.asyncDispose]());

const post = (name: string, spec: object, rest: object = {}): Promise<Answer> =>
  synced.api.call("POST", path, {
    name,
    database_instance_name: "db",
    logical_database_name: "databricks_postgres",
    spec: {
      source_table_full_name: orders,
      create_database_objects_if_missing: true,
      ...triggered,
      ...spec,
    },
    ...rest,
  });
const remove = (name: string, query = "?purge_data=true"): Promise<Answer> =>
  synced.api.call("DELETE", `${path}/main.default.${name}${query}`);

describe("status", () => {
  test("goes from PROVISIONING to ONLINE with what was synced, and has no PATCH", async () => {
    const { status, body } = await post("main.default.life", {});
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: "main.default.life",
      effective_database_instance_name: "db",
      effective_logical_database_name: "databricks_postgres",
      unity_catalog_provisioning_state: "PROVISIONING",
      data_synchronization_status: {
        detailed_state: "SYNCED_TABLE_PROVISIONING",
        pipeline_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
    await synced.api.workspace.settled();
    const online = (await synced.api.call("GET", `${path}/main.default.life`)).body;
    expect(online).toMatchObject({
      unity_catalog_provisioning_state: "ACTIVE",
      data_synchronization_status: {
        detailed_state: "SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE",
        last_sync: { delta_table_sync_info: { delta_commit_version: 0 } },
        triggered_update_status: {
          last_processed_commit_version: 0,
          triggered_update_progress: { synced_row_count: 3, total_row_count: 3, sync_progress_completion: 1 },
        },
      },
    });
    expect(await synced.api.call("PATCH", `${path}/main.default.life?update_mask=spec`, {})).toMatchObject({
      status: 501,
      body: { message: "Update Synced Database Table is not yet implemented." },
    });
    expect((await remove("life")).status).toBe(200);
    expect((await synced.api.call("GET", `${path}/main.default.life`)).status).toBe(404);
  });

  test("a failure keeps the last good rows, says why, and ends with a run that works", async () => {
    const source = "main.raw.failing";
    const run = (command: { do: string } & Record<string, unknown>) => synced.lakehouse.run(source, command);
    await run({ do: "write", columns, rows: [[1, "one", null]], change_feed: true });
    await synced.create("failing", source, triggered);
    await run({ do: "write", columns, rows: [[1, "again", null]] });
    await synced.refresh("failing");
    const failed = await synced.status("failing");
    expect(failed.detailed_state).toBe("SYNCED_TABLE_ONLINE_PIPELINE_FAILED");
    expect(failed.message).toMatch(/duplicate primary key in version 1 .*\(id\)=\(1\).*timeseries_key/);
    const pipeline = (await synced.api.call("GET", `/api/2.0/pipelines/${failed.pipeline_id}`)).body;
    expect(pipeline).toMatchObject({
      state: "FAILED",
      latest_updates: [{ state: "FAILED" }, { state: "COMPLETED" }],
    });
    await run({ do: "delete", predicate: "name = 'again'" });
    await synced.api.call("POST", `/api/2.0/pipelines/${failed.pipeline_id}/updates`, { full_refresh: true });
    await synced.api.workspace.settled();
    expect((await synced.status("failing")).detailed_state).toBe("SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE");
    expect(await synced.expectEqual("failing", source, ["id"])).toBe(1);
  });

  test("a table whose first copy fails is OFFLINE_FAILED", async () => {
    const source = "main.raw.twice";
    const rows = [
      [1, "a", null],
      [1, "b", null],
    ];
    await synced.lakehouse.run(source, { do: "write", columns, rows });
    await synced.create("twice", source, { ...triggered, scheduling_policy: "SNAPSHOT" });
    const { detailed_state, message } = await synced.status("twice");
    expect(detailed_state).toBe("SYNCED_TABLE_OFFLINE_FAILED");
    expect(message).toMatch(/duplicate primary key in version 0 .*\(id\)=\(1\)/);
  });
});

describe("rows that do not fit", () => {
  test("a null in the key is skipped and counted, also when it comes and goes later", async () => {
    const source = "main.raw.null_keys";
    const run = (command: { do: string } & Record<string, unknown>) => synced.lakehouse.run(source, command);
    const rows = [
      [null, "nobody", null],
      [1, "one", null],
      [null, "nobody either", null],
    ];
    await run({ do: "write", columns, rows, change_feed: true });
    await synced.create("null_keys", source, triggered);
    expect((await synced.status("null_keys")).message).toMatch(/ 2 rows were skipped .*NULL/);
    await run({ do: "write", columns, rows: [[null, "one more", null]] });
    await synced.refresh("null_keys");
    expect((await synced.status("null_keys")).message).toMatch(/ 3 rows were skipped/);
    await run({ do: "delete", predicate: "id IS NULL" });
    await synced.refresh("null_keys");
    expect((await synced.status("null_keys")).message).not.toMatch(/skipped/);
    expect(await synced.expectEqual("null_keys", source, ["id"])).toBe(1);
  });

  test("a NUL character is refused with its row and column", async () => {
    const source = "main.raw.nul";
    await synced.lakehouse.run(source, {
      do: "write",
      columns,
      rows: [[7, "a\0b", null]],
      change_feed: true,
    });
    await synced.create("nul", source, triggered);
    expect((await synced.status("nul")).message).toMatch(/column name of the row with id = 7 .*U\+0000/);
  });

  test("a column that changes its type or goes is refused by name", async () => {
    const source = "main.raw.reshaped";
    await synced.lakehouse.run(source, { do: "write", columns, rows: [[1, "a", null]], change_feed: true });
    await synced.create("reshaped", source, triggered);
    await synced.lakehouse.run(source, {
      do: "write",
      columns: { id: "long", name: "long" },
      rows: [[1, 2]],
      mode: "overwrite",
      schema_mode: "overwrite",
    });
    await synced.refresh("reshaped");
    const { detailed_state, message } = await synced.status("reshaped");
    expect(detailed_state).toBe("SYNCED_TABLE_ONLINE_PIPELINE_FAILED");
    expect(message).toMatch(/column name is BIGINT in the source, and was text; column price is no longer/);
  });

  test("text longer than its VARCHAR is refused", async () => {
    const overrides = [{ column_name: "name", pg_type: "PG_SPECIFIC_TYPE_VARCHAR", size: 3 }];
    await post("main.default.short", { type_overrides: overrides });
    await synced.api.workspace.settled();
    expect((await synced.status("short")).message).toMatch(/version 0 .*column name.*character varying\(3\)/);
    await remove("short");
    await post("main.default.short", { type_overrides: [{ ...overrides[0], size: 5 }] });
    await synced.api.workspace.settled();
    expect(await synced.expectEqual("short", orders, ["id"])).toBe(3);
    await remove("short");
  });
});

test("commits that are gone are made up for by a full copy", async () => {
  const source = "main.raw.cleaned";
  const run = (command: { do: string } & Record<string, unknown>) => synced.lakehouse.run(source, command);
  await run({ do: "write", columns, rows: [[1, "a", null]], change_feed: true });
  await synced.create("cleaned", source, triggered);
  await run({ do: "write", columns, rows: [[2, "b", null]] });
  await run({ do: "delete", predicate: "id = 1" });
  await run({ do: "checkpoint" });
  const log = join(synced.lakehouse.dir, "main", "raw", "cleaned", "_delta_log");
  for (const version of [0, 1]) await rm(join(log, `${String(version).padStart(20, "0")}.json`));
  await synced.refresh("cleaned");
  expect(await synced.expectEqual("cleaned", source, ["id"])).toBe(1);
});

describe("in PostgreSQL", () => {
  test("allows SELECT, CREATE INDEX, GRANT and DROP, and refuses everything else; a refresh keeps indexes", async () => {
    await synced.create("guarded", orders, triggered);
    const client = await synced.login();
    try {
      const table = '"default".guarded';
      await client.query(`CREATE INDEX guarded_name ON ${table} (name)`);
      await client.query(`CREATE VIEW cheap AS SELECT * FROM ${table} WHERE price < 2`);
      await client.query("CREATE ROLE reader NOLOGIN");
      await client.query(`GRANT SELECT ON ${table} TO reader`);
      for (const statement of [
        `INSERT INTO ${table} VALUES (9)`,
        `UPDATE ${table} SET name = 'x'`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table}`,
        `MERGE INTO ${table} t USING (SELECT 1) s ON false WHEN NOT MATCHED THEN INSERT VALUES (9)`,
        `ALTER TABLE ${table} ADD COLUMN more text`,
        `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
        `ALTER TABLE ${table} RENAME TO renamed`,
        `DROP TRIGGER databricks_synced_table_is_read_only ON ${table}`,
        `CREATE RULE r AS ON INSERT TO ${table} DO INSTEAD NOTHING`,
        `CREATE TRIGGER t BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
        `CREATE TABLE child (id bigint REFERENCES ${table})`,
        `CREATE TABLE child () INHERITS (${table})`,
        "UPDATE databricks_sync.tables SET version = 0",
      ]) {
        const refused = client.query(statement);
        await expect(refused, statement).rejects.toMatchObject({
          code: expect.stringMatching(/^42(501|809)$/),
        });
      }
      await synced.api.call(
        "POST",
        `/api/2.0/pipelines/${(await synced.status("guarded")).pipeline_id}/updates`,
        {
          full_refresh: true,
        },
      );
      await synced.api.workspace.settled();
      const kept = await client.query(
        `SELECT (SELECT count(*)::int FROM pg_indexes WHERE indexname = 'guarded_name') AS indexes,
          has_table_privilege('reader', '${table}', 'SELECT') AS granted, (SELECT count(*)::int FROM cheap) AS cheap`,
      );
      expect(kept.rows).toEqual([{ indexes: 1, granted: true, cheap: 1 }]);
      expect(await remove("guarded")).toMatchObject({ status: 400, body: { message: /depend.*view cheap/ } });
      expect((await synced.status("guarded")).detailed_state).toBe("SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE");
      await client.query(`DROP TABLE ${table} CASCADE`);
    } finally {
      await client.end();
    }
    await synced.refresh("guarded");
    expect(await synced.expectEqual("guarded", orders, ["id"])).toBe(3);
  });

  test("a full refresh shows its readers the old rows or the new ones", async () => {
    const source = "main.raw.swapped";
    const batch = (word: string): unknown[][] => Array.from({ length: 2000 }, (_, id) => [id, word, null]);
    await synced.lakehouse.run(source, { do: "write", columns, rows: batch("0") });
    await synced.create("swapped", source, { ...triggered, scheduling_policy: "SNAPSHOT" });
    const client = await synced.login();
    const seen = new Set<string>();
    let over = false;
    const watch = (async () => {
      while (!over) {
        const { rows } = await client.query(
          'SELECT name, count(*)::int AS n FROM "default".swapped GROUP BY name',
        );
        for (const { name, n } of rows) seen.add(`${rows.length} ${n}`) && seen.add(`word ${name}`);
      }
    })();
    for (let round = 1; round <= 5; round++) {
      await synced.lakehouse.run(source, {
        do: "write",
        columns,
        rows: batch(String(round)),
        mode: "overwrite",
      });
      await synced.refresh("swapped");
    }
    over = true;
    await watch;
    await client.end();
    expect([...seen].filter((entry) => !entry.startsWith("word"))).toEqual(["1 2000"]);
    expect(seen.size).toBeGreaterThan(2);
  });

  test("a deletion without purge_data leaves the table, read-only, and its name taken until it is dropped", async () => {
    await synced.create("ghost", orders, triggered);
    await synced.api.workspace.settled();
    expect((await remove("ghost", "")).status).toBe(200);
    expect(await post("main.default.ghost", {})).toMatchObject({
      status: 409,
      body: {
        error_code: "RESOURCE_ALREADY_EXISTS",
        message: /default\.ghost.*already exists.*Drop it first/,
      },
    });
    const client = await synced.login();
    try {
      await expect(client.query('DELETE FROM "default".ghost')).rejects.toMatchObject({ code: "42501" });
      expect((await client.query('SELECT count(*)::int AS n FROM "default".ghost')).rows).toEqual([{ n: 3 }]);
      await client.query('DROP TABLE "default".ghost');
    } finally {
      await client.end();
    }
    await synced.create("ghost", orders, triggered);
    expect(await synced.expectEqual("ghost", orders, ["id"])).toBe(3);
  });
});

describe("rules", () => {
  test.each<[string, object, object, number, string, RegExp]>([
    [
      "an unknown source",
      { source_table_full_name: "main.default.nope" },
      {},
      404,
      "TABLE_DOES_NOT_EXIST",
      /main\.default\.nope/,
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
    const answer = await post("main.default.refused", spec, rest);
    expect(answer).toMatchObject({ status, body: { error_code } });
    expect(answer.body.message).toMatch(message);
  });

  test("one pipeline has one policy, runs its tables together, and ends with its last table", async () => {
    const first = await synced.create("packed_1", orders, triggered);
    const { pipeline_id } = first.data_synchronization_status as { pipeline_id: string };
    const shared = { existing_pipeline_id: pipeline_id };
    expect(await post("main.default.packed_2", { ...shared, scheduling_policy: "SNAPSHOT" })).toMatchObject({
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
    await remove("packed_1");
    expect((await synced.api.call("GET", `/api/2.0/pipelines/${pipeline_id}`)).status).toBe(200);
    await remove("packed_2");
    expect((await synced.api.call("GET", `/api/2.0/pipelines/${pipeline_id}`)).status).toBe(404);
  });

  test("a registered catalog names the instance and database, and wants storage elsewhere", async () => {
    const catalog = { name: "pgcat", database_instance_name: "db", database_name: "databricks_postgres" };
    expect((await synced.api.call("POST", "/api/2.0/database/catalogs", catalog)).status).toBe(200);
    const bare = { database_instance_name: null, logical_database_name: null };
    expect(await post("pgcat.sales.t", {}, bare)).toMatchObject({
      status: 400,
      body: { message: /storage_catalog and storage_schema/ },
    });
    const stored = { new_pipeline_spec: { storage_catalog: "main", storage_schema: "default" } };
    expect(await post("pgcat.sales.t", stored, { ...bare, logical_database_name: "other" })).toMatchObject({
      status: 400,
      body: { message: /logical_database_name 'other' does not match/ },
    });
    expect((await post("pgcat.sales.t", stored, bare)).status).toBe(200);
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
      expect((await post(`main.default.popular_${number}`, spec)).status).toBe(200);
    }
    expect(await post("main.default.popular_21", spec)).toMatchObject({
      status: 400,
      body: { message: "Cannot create more than 20 synced database table(s) per source table." },
    });
    await synced.api.workspace.settled();
    for (let number = 1; number <= 20; number++) {
      expect(await synced.expectEqual(`popular_${number}`, source, ["id"])).toBe(1);
    }
  });
});
