// A table that is much larger than the memory it may take streams through: in the hardest file there is, one row group
// that does not say where its pages start.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalProcess, startLocalProcess } from "../support/process.ts";
import { startLakehouse, type TestLakehouse } from "./support/lakehouse.ts";

let lakehouse: TestLakehouse;
let folder: string;
let local: LocalProcess;
const rows = 500_000;
/** Megabytes of the workspace's own JavaScript values; the thread that reads files has a limit that the rows exceed. */
const limit = 64;

beforeAll(async () => {
  lakehouse = await startLakehouse();
  folder = await mkdtemp(join(tmpdir(), "memory-"));
  const args = ["--lakehouse", lakehouse.dir, "--delays", "fast"];
  local = await startLocalProcess(folder, args, [`--max-old-space-size=${limit}`]);
  await local.call("POST", "/api/2.0/database/instances", { name: "db" });
  await local.reach("db", "AVAILABLE");
}, 600_000);
afterAll(async () => {
  await local?.stop();
  await lakehouse?.[Symbol.asyncDispose]();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function login(): Promise<pg.Client> {
  const { postgresHost: host, postgresPort: port, userName: user, caFile } = local.ready;
  const instance = (await local.call("GET", "/api/2.0/database/instances/db")).body;
  const request = { request_id: "1", instance_names: ["db"] };
  const { token } = (await local.call("POST", "/api/2.0/database/credentials", request)).body;
  const ssl = { ca: await readFile(caFile, "utf8"), servername: String(instance.read_write_dns) };
  const client = new pg.Client({
    ...{ host, port, user, ssl },
    password: String(token),
    database: "databricks_postgres",
  });
  await client.connect();
  return client;
}

test("one row group of a size beyond the memory limit", async () => {
  await lakehouse.run("main.raw.large", { do: "convert", bulk: true, start: 0, count: rows });
  const path = "/api/2.0/database/synced_tables";
  const made = await local.call("POST", path, {
    name: "main.default.large",
    database_instance_name: "db",
    logical_database_name: "databricks_postgres",
    spec: {
      source_table_full_name: "main.raw.large",
      primary_key_columns: ["id"],
      scheduling_policy: "SNAPSHOT",
      create_database_objects_if_missing: true,
    },
  });
  expect(made.body.message).toBeUndefined();
  for (;;) {
    const { body } = await local.call("GET", `${path}/main.default.large`);
    const { detailed_state, message } = body.data_synchronization_status as Record<string, string>;
    if (detailed_state === "SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE") break;
    expect(detailed_state, message).not.toMatch(/FAILED/);
    await new Promise((wake) => setTimeout(wake, 50));
  }
  const client = await login();
  try {
    const found = await client.query(
      `SELECT count(*)::int AS rows, count(*) FILTER (WHERE text = format('row %s of many', id)
         AND amount = (id % 10007) / 100.0)::int AS right, min(id)::int, max(id)::int FROM "default".large`,
    );
    expect(found.rows).toEqual([{ rows, right: rows, min: 0, max: rows - 1 }]);
  } finally {
    await client.end();
  }
}, 300_000);
