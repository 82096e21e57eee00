// Roles of an instance on real PostgreSQL: what the API makes is what the server has.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mintCredential, runSql } from "../support/login.ts";
import { startRealWorkspace, type TestWorkspace } from "../support/workspace.ts";

const path = "/api/2.0/database/instances/orders/roles";
let api: TestWorkspace;

beforeAll(async () => {
  api = await startRealWorkspace();
  await api.createInstance({ name: "orders" });
  await api.createInstance({ name: "idle", stopped: true });
});
afterAll(() => api[Symbol.asyncDispose]());

const at = (name: string): string => `${path}/${encodeURIComponent(name)}`;

describe("roles", () => {
  test("the creator's is there from the start", async () => {
    expect((await api.call("GET", at("developer@example.com"))).body).toMatchObject({
      name: "developer@example.com",
      identity_type: "USER",
      membership_role: "DATABRICKS_SUPERUSER",
      instance_name: "orders",
    });
  });

  test("a new one has the attributes asked for, and those are in force in PostgreSQL", async () => {
    const made = await api.call("POST", path, {
      name: 'o"dd@example.com',
      identity_type: "USER",
      attributes: { createdb: true },
      membership_role: "DATABRICKS_SUPERUSER",
    });
    const expected = {
      name: 'o"dd@example.com',
      identity_type: "USER",
      effective_attributes: { bypassrls: false, createdb: true, createrole: false },
      membership_role: "DATABRICKS_SUPERUSER",
      instance_name: "orders",
    };
    expect(made.status).toBe(200);
    expect(made.body).toEqual(expected);
    const sql =
      "SELECT rolcanlogin, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = 'o\"dd@example.com'";
    expect(await runSql(api, "orders", sql)).toEqual([
      { rolcanlogin: true, rolcreatedb: true, rolcreaterole: false },
    ]);
    const changed = await api.call("PATCH", at('o"dd@example.com'), {
      attributes: { createdb: false, createrole: true },
    });
    expect(changed.body.effective_attributes).toEqual({
      bypassrls: false,
      createdb: false,
      createrole: true,
    });
    expect((await api.call("POST", path, { name: 'o"dd@example.com' })).body.error_code).toBe(
      "RESOURCE_ALREADY_EXISTS",
    );
  });

  test("a service principal's logs in with its own credential", async () => {
    const { clientId, clientSecret, apiUrl } = api.workspace;
    const answer = await fetch(`${apiUrl}/oidc/v1/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: clientId,
        client_secret: clientSecret,
      }),
    });
    const { access_token } = (await answer.json()) as { access_token: string };
    await expect(mintCredential(api, "orders", access_token)).rejects.toThrow(/does not have CAN_USE/);
    await api.call("PATCH", "/api/2.0/permissions/database-instances/orders", {
      access_control_list: [{ service_principal_name: clientId, permission_level: "CAN_USE" }],
    });
    const password = await mintCredential(api, "orders", access_token);
    const who = (): Promise<unknown> =>
      runSql(api, "orders", "SELECT current_user", { user: clientId, password });
    await expect(who()).rejects.toThrow(`role "${clientId}" does not exist`);
    await api.call("POST", path, { name: clientId, identity_type: "SERVICE_PRINCIPAL" });
    expect(await who()).toEqual([{ current_user: clientId }]);
  });

  test("of several requests for one name one wins", async () => {
    const answers = await Promise.all([1, 2, 3].map(() => api.call("POST", path, { name: "twin" })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  test("join databricks_superuser and leave it by a null; a member left out is left as it is", async () => {
    await api.call("POST", path, { name: "dba", identity_type: "GROUP", attributes: { createdb: true } });
    const patch = async (body: object) => (await api.call("PATCH", at("dba"), body)).body;
    expect(await patch({ membership_role: "DATABRICKS_SUPERUSER" })).toMatchObject({
      membership_role: "DATABRICKS_SUPERUSER",
    });
    expect(await patch({ name: "dba" })).toHaveProperty("membership_role");
    const left = await patch({ membership_role: null });
    expect(left).not.toHaveProperty("membership_role");
    expect(left).toMatchObject({ effective_attributes: { createdb: true } });
  });

  test("are listed in pages, those made by SQL as well", async () => {
    await runSql(api, "orders", "CREATE ROLE by_sql");
    const names: string[] = [];
    let token = "";
    do {
      const { body } = await api.call("GET", `${path}?page_size=1&page_token=${token}`);
      names.push(...(body.database_instance_roles as { name: string }[]).map((role) => role.name));
      token = String(body.next_page_token ?? "");
    } while (token);
    expect(names).toEqual(expect.arrayContaining(["developer@example.com", "by_sql"]));
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => /^(pg_|databricks_)/.test(name))).toEqual([]);
    expect((await api.call("GET", at("by_sql"))).body.identity_type).toBe("PG_ONLY");
  });

  test.each([
    ["POST", path, {}, 400, /name is required/],
    ["POST", path, { name: "pg_mine" }, 400, /not pg_… or databricks_…/],
    ["POST", path, { name: "public" }, 400, /name "public": role name "public" is reserved/],
    ["POST", path, { name: "a", identity_type: "ROBOT" }, 400, /identity_type must be one of USER, GROUP/],
    ["POST", path, { name: "a", membership_role: "ADMIN" }, 400, /membership_role must be one of/],
    [
      "POST",
      path,
      { name: "a", attributes: { superuser: true } },
      400,
      /unknown field "attributes.superuser"/,
    ],
    ["POST", path.replace("orders", "nope"), { name: "a" }, 404, /instance 'nope' not found/],
    ["POST", path.replace("orders", "idle"), { name: "a" }, 400, /'idle' is in state STOPPED/],
    ["GET", at("nobody"), undefined, 404, /Role 'nobody' not found in database instance 'orders'/],
    ["PATCH", at("nobody"), {}, 404, /Role 'nobody'/],
    ["PATCH", at("developer@example.com"), { name: "x" }, 400, /cannot be changed/],
    [
      "PATCH",
      at("developer@example.com"),
      { identity_type: "GROUP" },
      400,
      /identity_type USER cannot be changed/,
    ],
    ["DELETE", at("nobody"), undefined, 404, /Role 'nobody'/],
  ])("%s %s %j answers %i", async (method, target, body, status, message) => {
    const answer = await api.call(method, target, body);
    expect(answer.status).toBe(status);
    expect(answer.body.message).toMatch(message);
  });

  test("are deleted with what they own only when an heir is named", async () => {
    await runSql(
      api,
      "orders",
      `CREATE ROLE leaver; GRANT leaver TO CURRENT_USER; GRANT CREATE ON SCHEMA public TO leaver;
       CREATE TABLE kept (id int); ALTER TABLE kept OWNER TO leaver`,
    );
    const refused = await api.call("DELETE", at("leaver"));
    expect(refused).toMatchObject({ status: 400, body: { error_code: "INVALID_STATE" } });
    expect(refused.body.message).toMatch(/cannot be dropped.*set reassign_owned_to/);
    const noHeir = await api.call("DELETE", `${at("leaver")}?reassign_owned_to=nobody`);
    expect(noHeir).toMatchObject({ status: 404, body: { message: expect.stringContaining("'nobody'") } });
    const heir = encodeURIComponent("developer@example.com");
    expect((await api.call("DELETE", `${at("leaver")}?reassign_owned_to=${heir}`)).status).toBe(200);
    expect((await api.call("DELETE", `${at("leaver")}?allow_missing=true`)).status).toBe(200);
    const owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'kept'";
    expect(await runSql(api, "orders", owner)).toEqual([{ tableowner: "developer@example.com" }]);
  });
});
