// The extension databricks_auth: roles for whom the workspace knows, made by whom PostgreSQL lets make roles.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkspaceIdentity } from "../../../local/postgres/index.ts";
import { clientConfig, OWNER, startInstance, startTestHost, type TestHost, withClient } from "./support.ts";

const injection = `x"; DROP TABLE kept; --'`;
let identities: WorkspaceIdentity[] = [
  { name: "ann@example.com", type: "USER" },
  { name: "analysts", type: "GROUP" },
  { name: injection, type: "GROUP" },
];
let host: TestHost;

beforeAll(async () => {
  host = await startTestHost({ identities: () => identities });
  await startInstance(host, "auth");
});
afterAll(() => host[Symbol.asyncDispose]());

/** Runs a statement as the instance's owner, through the gateway. */
const run = (sql: string, params: unknown[] = []): Promise<Record<string, unknown>[]> =>
  withClient(
    clientConfig(host, "auth", { user: OWNER, database: "databricks_postgres" }),
    async (client) => (await client.query(sql, params)).rows as Record<string, unknown>[],
  );
const create = (name: string | null, type: string | null) =>
  run("SELECT databricks_create_role($1, $2)", [name, type]);

describe("databricks_auth", () => {
  it("is not there until it is created, which the owner may do, twice as well", async () => {
    await expect(create("ann@example.com", "USER")).rejects.toMatchObject({ code: "42883" });
    await run("CREATE EXTENSION IF NOT EXISTS databricks_auth");
    await run("CREATE EXTENSION IF NOT EXISTS databricks_auth");
  });

  it("makes a role that may log in and nothing else, tied to its kind of identity", async () => {
    await create("ann@example.com", "USER");
    expect(
      await run(
        "SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = 'ann@example.com'",
      ),
    ).toEqual([
      { rolcanlogin: true, rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolbypassrls: false },
    ]);
    expect(await run("SELECT * FROM databricks_list_roles")).toEqual([
      { role_name: "ann@example.com", identity_type: "USER" },
    ]);
  });

  it.each([
    ["nobody@example.com", "USER", "42704", /was not found in the workspace/],
    ["analysts", "USER", "42704", /of type USER was not found/],
    ["ann@example.com", "ROBOT", "22023", /not one of USER, GROUP, SERVICE_PRINCIPAL/],
    ["ann@example.com", null, "22023", /not one of/],
    [null, "USER", "22023", /not 1 to 63 bytes/],
    ["", "USER", "22023", /not 1 to 63 bytes/],
    ["a".repeat(64), "USER", "22023", /not 1 to 63 bytes/],
    ["ann@example.com", "USER", "42710", /already exists/],
  ])("refuses %j of type %j", async (name, type, code, message) => {
    await expect(create(name, type)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("quotes the name", async () => {
    await run("CREATE TABLE kept (id int)");
    await create(injection, "GROUP");
    expect(await run("SELECT count(*)::int FROM kept")).toEqual([{ count: 0 }]);
    expect(await run("SELECT rolname FROM pg_roles WHERE rolname = $1", [injection])).toHaveLength(1);
  });

  it("knows a new identity at once", async () => {
    identities = [...identities, { name: "11111111-2222-3333-4444-555555555555", type: "SERVICE_PRINCIPAL" }];
    await host.identitiesChanged();
    await create("11111111-2222-3333-4444-555555555555", "SERVICE_PRINCIPAL");
  });

  it("lets nobody without CREATEROLE make a role", async () => {
    await host.query("auth", "databricks_postgres", "CREATE ROLE plain LOGIN");
    await expect(
      host.query(
        "auth",
        "databricks_postgres",
        "SET ROLE plain; SELECT databricks_create_role('analysts', 'GROUP')",
      ),
    ).rejects.toMatchObject({ code: "42501" });
  });
});
