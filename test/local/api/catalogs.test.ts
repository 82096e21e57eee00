// Database catalogs on real PostgreSQL: registered, found in Unity Catalog, never updated, removed without the data.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runSql } from "../support/login.ts";
import { machineToken } from "../support/machine-token.ts";
import { startRealWorkspace, type TestWorkspace } from "../support/workspace.ts";

const path = "/api/2.0/database/catalogs";
const unityCatalog = "/api/2.1/unity-catalog/catalogs";
let api: TestWorkspace;

beforeAll(async () => {
  api = await startRealWorkspace();
  await api.createInstance({ name: "orders" });
  await api.createInstance({ name: "idle", stopped: true });
});
afterAll(() => api[Symbol.asyncDispose]());

const register = (body: object): ReturnType<typeof api.call> =>
  api.call("POST", path, { database_instance_name: "orders", database_name: "databricks_postgres", ...body });

describe("database catalogs", () => {
  test("register a database that exists", async () => {
    const made = await register({ name: "operational" });
    const expected = {
      name: "operational",
      database_instance_name: "orders",
      database_name: "databricks_postgres",
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    };
    expect(made).toMatchObject({ status: 200 });
    expect(made.body).toEqual(expected);
    expect((await api.call("GET", `${path}/operational?`)).body).toEqual(made.body);
    const entry = await api.call("GET", `${unityCatalog}/operational`);
    expect(entry.body).toMatchObject({ name: "operational", catalog_type: "MANAGED_ONLINE_CATALOG" });
    expect((await register({ name: "operational" })).body.error_code).toBe("RESOURCE_ALREADY_EXISTS");
  });

  test("create the database on request, owned by the instance's creator, once", async () => {
    const database_name = 'sh"op; drop';
    const answers = [
      await register({ name: "shop1", database_name, create_database_if_not_exists: true }),
      await register({ name: "shop2", database_name, create_database_if_not_exists: true }),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body).not.toHaveProperty("create_database_if_not_exists");
    }
    const rows = await runSql(
      api,
      "orders",
      "SELECT current_database(), pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()",
      { database: database_name },
    );
    expect(rows).toEqual([{ current_database: database_name, owner: "developer@example.com" }]);
  });

  test("of two requests for one name one wins", async () => {
    const body = { name: "race", database_name: "race", create_database_if_not_exists: true };
    const answers = await Promise.all([register(body), register(body)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
  });

  test.each([
    [
      { name: "x", database_name: "nope" },
      404,
      "NOT_FOUND",
      /'nope' does not exist in database instance 'orders'/,
    ],
    [{ name: "x", database_instance_name: "nope" }, 404, "NOT_FOUND", /instance 'nope' not found/],
    [{ name: "x", database_instance_name: "idle" }, 400, "INVALID_STATE", /'idle' is in state STOPPED/],
    [{}, 400, "INVALID_PARAMETER_VALUE", /name is required/],
    [{ name: "a.b" }, 400, "INVALID_PARAMETER_VALUE", /without dots/],
    [{ name: "x", database_name: "" }, 400, "INVALID_PARAMETER_VALUE", /database_name/],
    [{ name: "x", create_database_if_not_exists: "yes" }, 400, "INVALID_PARAMETER_VALUE", /true or false/],
    [{ name: "x", schema: "s" }, 400, "INVALID_PARAMETER_VALUE", /unknown field "schema"/],
    [{ name: "main" }, 409, "RESOURCE_ALREADY_EXISTS", /'main' already exists/],
  ])("refuse %j with %i %s", async (body, status, error_code, message) => {
    const answer = await register(body);
    expect(answer).toMatchObject({ status, body: { error_code } });
    expect(answer.body.message).toMatch(message);
    expect((await api.call("GET", `${path}/x`)).status).toBe(404);
  });

  test("need the right to use the instance", async () => {
    const body = { name: "x", database_instance_name: "orders", database_name: "databricks_postgres" };
    const token = await machineToken(api.workspace);
    const refused = await api.call("POST", path, body, token);
    expect(refused).toMatchObject({ status: 403, body: { error_code: "PERMISSION_DENIED" } });
    const entry = { service_principal_name: api.workspace.clientId, permission_level: "CAN_USE" };
    await api.call("PATCH", "/api/2.0/permissions/database-instances/orders", {
      access_control_list: [entry],
    });
    expect((await api.call("POST", path, body, token)).status).toBe(200);
    await api.call("DELETE", `${path}/x`);
  });

  test("cannot be updated", async () => {
    await register({ name: "fixed" });
    const { status, body } = await api.call("PATCH", `${path}/fixed?update_mask=database_name`, {
      name: "fixed",
    });
    expect({ status, body }).toEqual({
      status: 501,
      body: { error_code: "NOT_IMPLEMENTED", message: "Update Database Catalog is not yet implemented" },
    });
  });

  test("are deleted without their database", async () => {
    await register({ name: "gone", database_name: "kept", create_database_if_not_exists: true });
    expect(await api.call("DELETE", `${path}/gone?`)).toMatchObject({ status: 200, body: {} });
    expect((await api.call("GET", `${path}/gone`)).status).toBe(404);
    expect((await api.call("DELETE", `${path}/gone`)).status).toBe(404);
    expect((await api.call("GET", `${unityCatalog}/gone`)).body.error_code).toBe("CATALOG_DOES_NOT_EXIST");
    expect(await runSql(api, "orders", "SELECT 1 AS one", { database: "kept" })).toEqual([{ one: 1 }]);
  });

  test("are listed in Unity Catalog beside those of every workspace, page by page", async () => {
    await register({ name: "listed" });
    const names: string[] = [];
    let token = "";
    do {
      const { body } = await api.call("GET", `${unityCatalog}?max_results=3&page_token=${token}`);
      names.push(...(body.catalogs as { name: string }[]).map((item) => item.name));
      token = String(body.next_page_token ?? "");
    } while (token);
    expect(names).toEqual(expect.arrayContaining(["main", "system", "listed"]));
    expect(new Set(names).size).toBe(names.length);
    const assignment = await api.call("GET", "/api/2.1/unity-catalog/current-metastore-assignment");
    const entry = await api.call("GET", `${unityCatalog}/listed`);
    expect(entry.body.metastore_id).toBe(assignment.body.metastore_id);
    expect(String(assignment.body.workspace_id)).toBe(assignment.headers.get("x-databricks-org-id"));
  });
});
