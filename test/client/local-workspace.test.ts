// The client against a whole workspace on this machine: REST API, tokens, PostgreSQL, states.
import { afterAll, beforeAll, expect, it } from "vitest";
import { createLakebasePool, type LakebaseExports, type LakebasePoolOptions } from "../../client/index.ts";
import { startRealWorkspace, type TestWorkspace } from "../local/support/workspace.ts";
import { tally } from "./support/database.ts";

let api: TestWorkspace;
let instance: Record<string, unknown>;

beforeAll(async () => {
  api = await startRealWorkspace();
  instance = await api.createInstance({
    name: "orders",
    capacity: "CU_1",
    node_count: 2,
    enable_readable_secondaries: true,
  });
});

afterAll(async () => {
  await api?.[Symbol.asyncDispose]();
});

/** Opens a pool as an application on this machine would. */
function open(options: LakebasePoolOptions) {
  const { apiUrl, token, postgresPort, caFile } = api.workspace;
  const env = { PGPORT: String(postgresPort), PGSSLROOTCERT: caFile };
  return createLakebasePool({ env, workspace: { host: apiUrl, token }, meter: false, ...options });
}

it("connects with nothing but the instance's name", async () => {
  await using pool = open({ instanceName: "orders" });
  const { rows } = await pool.query("SELECT current_user AS user, current_database() AS database");
  expect(rows).toEqual([{ user: api.workspace.userName, database: "databricks_postgres" }]);
  expect((await pool.readOnly().query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
});

it("connects with the stack's exports", async () => {
  const exports: LakebaseExports = {
    schemaVersion: 1,
    instance: {
      name: "orders",
      uid: String(instance.uid),
      capacity: "CU_1",
      state: "AVAILABLE",
      stopped: false,
    },
    endpoint: {
      readWriteDns: String(instance.read_write_dns),
      readOnlyDns: String(instance.read_only_dns),
      port: api.workspace.postgresPort,
      sslMode: "verify-full",
      sslRootCert: api.workspace.caFile,
    },
    database: { name: "postgres" },
    workspace: { host: api.workspace.apiUrl },
  };
  const { token } = api.workspace;
  await using pool = open({ env: {}, exports: JSON.stringify(exports), workspace: { token } });
  expect((await pool.query("SELECT current_database() AS name")).rows).toEqual([{ name: "postgres" }]);
});

it("connects with the environment of a Databricks App", async () => {
  const env = {
    PGHOST: String(instance.read_write_dns),
    PGPORT: String(api.workspace.postgresPort),
    PGDATABASE: "databricks_postgres",
    PGUSER: api.workspace.userName,
    PGSSLMODE: "require",
    PGAPPNAME: "shop",
    PGSSLROOTCERT: api.workspace.caFile,
  };
  await using pool = open({ env });
  expect((await pool.query("SHOW application_name")).rows).toEqual([{ application_name: "shop" }]);
});

it("outlives every token: an hour on, sessions go on and logins take a new token", async () => {
  await using pool = open({ instanceName: "orders", maxUses: 2 });
  const refused: unknown[] = [];
  pool.on("token-refused", (event) => refused.push(event));
  for (let hour = 0; hour < 5; hour += 1) {
    const outcome = await tally(Array.from({ length: 40 }, () => pool.query("SELECT 1")));
    expect(outcome.failures).toEqual([]);
    // The workspace's clock, not ours: to this process the token still looks valid.
    api.workspace.clock.advance(3_601_000);
  }
  expect(refused.length).toBeGreaterThanOrEqual(4);
});

it("tells that the instance is stopped, and comes back when it is started", async () => {
  await using pool = open({ instanceName: "orders" });
  await pool.query("SELECT 1");
  const path = "/api/2.0/database/instances/orders";
  await api.call("PATCH", path, { stopped: true });
  await api.reach("orders", "STOPPED");
  await expect(pool.query("SELECT 1")).rejects.toMatchObject({ stage: "state", code: "STOPPED" });
  await api.call("PATCH", path, { stopped: false });
  await api.reach("orders", "AVAILABLE");
  expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
});
