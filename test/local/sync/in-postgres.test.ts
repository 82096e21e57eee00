// A synced table in PostgreSQL: read-only but for indexes, whole for its readers, left behind or not.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { columns, orders, post, remove, startWithSources, triggered } from "./support/sources.ts";
import type { SyncedWorkspace } from "./support/synced.ts";

let synced: SyncedWorkspace;

beforeAll(async () => {
  synced = await startWithSources();
}, 600_000);
afterAll(() => synced?.[Symbol.asyncDispose]());

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
      expect(await remove(synced, "guarded")).toMatchObject({
        status: 400,
        body: { message: /depend.*view cheap/ },
      });
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
    expect((await remove(synced, "ghost", "")).status).toBe(200);
    expect(await post(synced, "main.default.ghost", {})).toMatchObject({
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
