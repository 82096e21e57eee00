// Apps of the local workspace: states of the compute, names, lists of resources, and what binding does.
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runSql } from "../support/login.ts";
import { startApiWorkspace, startRealWorkspace, type TestWorkspace } from "../support/workspace.ts";

const apps = "/api/2.0/apps";

describe("apps without a database", () => {
  let api: TestWorkspace;
  beforeAll(async () => {
    api = await startApiWorkspace({ delays: 60_000 });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  const compute = async (name: string) => {
    const { status, body } = await api.call("GET", `${apps}/${name}`);
    return status === 404 ? "gone" : (body.compute_status as { state: string }).state;
  };
  const pass = () => api.workspace.clock.advance(60_000);

  it("starts its compute, stops and starts it again, and is gone after its deletion", async () => {
    const made = await api.call("POST", apps, { name: "shop", description: "orders" });
    expect(made).toMatchObject({ status: 200, body: { name: "shop", description: "orders" } });
    const seen = [await compute("shop")];
    pass();
    seen.push(await compute("shop"));
    for (const action of ["stop", "start"]) {
      await api.call("POST", `${apps}/shop/${action}`);
      seen.push(await compute("shop"));
      pass();
      seen.push(await compute("shop"));
    }
    await api.call("DELETE", `${apps}/shop`);
    seen.push(await compute("shop"));
    expect((await api.call("POST", apps, { name: "shop" })).body.error_code).toBe("RESOURCE_ALREADY_EXISTS");
    pass();
    seen.push(await compute("shop"));
    expect(seen).toEqual([
      "STARTING",
      "ACTIVE",
      "STOPPING",
      "STOPPED",
      "STARTING",
      "ACTIVE",
      "DELETING",
      "gone",
    ]);
  });

  it("is stopped from the beginning without compute", async () => {
    await api.call("POST", `${apps}?no_compute=true`, { name: "idle" });
    expect(await compute("idle")).toBe("STOPPED");
  });

  it("has a service principal whose secret the API never tells", async () => {
    const { body } = await api.call("POST", apps, { name: "secretive" });
    expect(body).toMatchObject({
      service_principal_client_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      service_principal_id: expect.any(Number),
      service_principal_name: expect.stringMatching(/^app-[0-9a-f]{6} secretive$/),
    });
    const told = await api.call("GET", "/local/apps/secretive/environment");
    const { DATABRICKS_CLIENT_SECRET: secret } = told.body.environment as Record<string, string>;
    expect(secret).toMatch(/^dose/);
    expect(JSON.stringify([body, await api.call("GET", apps)])).not.toContain(secret);
    expect((await api.call("GET", "/local/apps/secretive/environment", undefined, null)).status).toBe(401);
  });

  it("takes a body that comes back from an earlier answer, and refuses another name", async () => {
    const made = await api.call("POST", apps, { name: "echo" });
    const changed = await api.call("PATCH", `${apps}/echo`, {
      ...made.body,
      description: "two",
      something: 1,
    });
    expect(changed).toMatchObject({ status: 200, body: { description: "two", id: made.body.id } });
    const renamed = await api.call("PATCH", `${apps}/echo`, { name: "other" });
    expect(renamed).toMatchObject({ status: 400, body: { message: "name echo cannot be changed to other" } });
  });

  it.each([
    ["upper case", { name: "Shop" }, /2 to 30 lowercase/],
    ["a name too long", { name: "a".repeat(31) }, /2 to 30 lowercase/],
    ["no kind", { name: "ok", resources: [{ name: "a" }] }, /exactly one kind, not none/],
    [
      "two kinds",
      { name: "ok", resources: [{ name: "a", job: { id: "1" }, secret: {} }] },
      /exactly one kind, not job, secret/,
    ],
    [
      "a key twice",
      { name: "ok", resources: [1, 2].map(() => ({ name: "a", job: { id: "1" } })) },
      /"a" is used twice/,
    ],
    [
      "half a database and another permission",
      { name: "ok", resources: [{ name: "a", database: { instance_name: "i", permission: "CAN_USE" } }] },
      /database_name is required.*permission must be one of CAN_CONNECT_AND_CREATE/,
    ],
    [
      "a postgres resource",
      { name: "ok", resources: [{ name: "a", postgres: {} }] },
      /not available in a local/,
    ],
    [
      "an instance that is not there",
      {
        name: "ok",
        resources: [
          {
            name: "a",
            database: { instance_name: "none", database_name: "d", permission: "CAN_CONNECT_AND_CREATE" },
          },
        ],
      },
      /'none' not found/,
    ],
  ])("refuses %s, and leaves no service principal behind", async (_what, body, message) => {
    const count = async () =>
      ((await api.call("GET", "/local/identities")).body.identities as unknown[]).length;
    const before = await count();
    const answer = await api.call("POST", apps, body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body.message).toMatch(message);
    expect(await count()).toBe(before);
  });
});

describe("an app with a database", () => {
  let real: TestWorkspace;
  let instanceUid: string;
  beforeAll(async () => {
    real = await startRealWorkspace();
    instanceUid = String((await real.createInstance({ name: "orders" })).uid);
  });
  afterAll(() => real[Symbol.asyncDispose]());

  const database = {
    instance_name: "orders",
    database_name: "postgres",
    permission: "CAN_CONNECT_AND_CREATE",
  };
  const bound = [{ name: "database", database }];
  interface Environment {
    environment: Record<string, string>;
    machine: Record<string, string>;
    values: Record<string, string>;
  }
  const environment = async () =>
    (await real.call("GET", "/local/apps/shop/environment")).body as unknown as Environment;

  /** Does as an app would, with nothing but its environment; closes its connection. */
  const asApp = async (sql: string): Promise<unknown[]> => {
    const { environment: env, machine } = await environment();
    const { access_token } = await post(`${env.DATABRICKS_HOST}/oidc/v1/token`, {
      headers: {
        authorization: `Basic ${btoa(`${env.DATABRICKS_CLIENT_ID}:${env.DATABRICKS_CLIENT_SECRET}`)}`,
      },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: "all-apis" }),
    });
    const { token, message } = await post(`${env.DATABRICKS_HOST}/api/2.0/database/credentials`, {
      headers: { authorization: `Bearer ${access_token}` },
      body: JSON.stringify({ request_id: "1", instance_names: ["orders"] }),
    });
    if (token === undefined) throw new Error(message);
    const client = new pg.Client({
      host: machine.PGHOSTADDR,
      port: Number(env.PGPORT),
      user: env.PGUSER,
      database: env.PGDATABASE,
      password: token,
      application_name: env.PGAPPNAME,
      ssl: { servername: env.PGHOST, rejectUnauthorized: false },
    });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };

  it("lets the app log in and create, by its environment alone", async () => {
    const made = await real.call("POST", apps, { name: "shop", resources: bound });
    expect(made).toMatchObject({ status: 200, body: { resources: bound } });
    const { environment: env, machine, values } = await environment();
    const clientId = made.body.service_principal_client_id;
    expect(env).toEqual({
      DATABRICKS_APP_NAME: "shop",
      DATABRICKS_APP_PORT: "8000",
      DATABRICKS_WORKSPACE_ID: expect.stringMatching(/^\d{16}$/),
      DATABRICKS_HOST: real.workspace.apiUrl,
      DATABRICKS_CLIENT_ID: clientId,
      DATABRICKS_CLIENT_SECRET: expect.stringMatching(/^dose/),
      PGAPPNAME: "shop",
      PGDATABASE: "postgres",
      PGHOST: `instance-${instanceUid}.database.localhost`,
      PGPORT: String(real.workspace.postgresPort),
      PGSSLMODE: "require",
      PGUSER: clientId,
    });
    expect(machine).toEqual({ PGHOSTADDR: "127.0.0.1", PGSSLROOTCERT: real.workspace.caFile });
    expect(values).toEqual({ database: env.PGHOST });
    expect(await asApp("CREATE SCHEMA shop CREATE TABLE carts (id int)")).toEqual([]);
    expect(await asApp("SELECT current_user AS me")).toEqual([{ me: clientId }]);
  });

  it("keeps its bindings while the instance is stopped, and takes no new one then", async () => {
    await real.call("PATCH", "/api/2.0/database/instances/orders?update_mask=stopped", { stopped: true });
    await real.reach("orders", "STOPPED");
    const same = await real.call("PATCH", `${apps}/shop`, { description: "two", resources: bound });
    expect(same).toMatchObject({ status: 200, body: { description: "two" } });
    const other = [
      ...bound,
      { name: "second", database: { ...database, database_name: "databricks_postgres" } },
    ];
    const refused = await real.call("PATCH", `${apps}/shop`, { resources: other });
    expect(refused.body).toMatchObject({
      error_code: "INVALID_STATE",
      message: expect.stringMatching(/STOPPED/),
    });
    await real.call("PATCH", "/api/2.0/database/instances/orders?update_mask=stopped", { stopped: false });
    await real.reach("orders", "AVAILABLE");
  });

  it("is unbound by an update without resources: no credential, and its tables are the caller's", async () => {
    const unbound = await real.call("PATCH", `${apps}/shop`, { description: "two" });
    expect(unbound.body).not.toHaveProperty("resources");
    expect((await environment()).environment).not.toHaveProperty("PGHOST");
    const { environment: env } = await environment();
    await expect(asApp("SELECT 1")).rejects.toThrow(
      `User '${env.DATABRICKS_CLIENT_ID}' does not have CAN_USE permission on database instance 'orders'.`,
    );
    // Bound again, it is the same role, which has lost what it owned.
    await real.call("PATCH", `${apps}/shop`, { resources: bound });
    expect(await asApp("SELECT tableowner FROM pg_tables WHERE schemaname = 'shop'")).toEqual([
      { tableowner: real.workspace.userName },
    ]);
  });

  it("refuses a database that is not there", async () => {
    const resources = [{ name: "database", database: { ...database, database_name: "none" } }];
    const answer = await real.call("PATCH", `${apps}/shop`, { resources });
    expect(answer).toMatchObject({
      status: 404,
      body: { message: expect.stringMatching(/Database 'none' does not exist/) },
    });
    expect((await environment()).environment.PGDATABASE).toBe("postgres");
  });

  it("is made once of two requests at once, and the other leaves no role behind", async () => {
    const roles = async () =>
      (
        await runSql(
          real,
          "orders",
          "SELECT rolname FROM pg_roles WHERE rolname ~ '^[0-9a-f]{8}-' ORDER BY 1",
        )
      ).map((row) => row.rolname);
    const before = await roles();
    const body = { name: "twice", resources: bound };
    const answers = await Promise.all([1, 2].map(() => real.call("POST", apps, body)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const made = answers.find(({ status }) => status === 200)?.body.service_principal_client_id;
    expect(await roles()).toEqual([...before, made].toSorted());
    await real.call("DELETE", `${apps}/twice`);
  });

  it("takes the service principal with it", async () => {
    const { environment: env } = await environment();
    await real.call("DELETE", `${apps}/shop`);
    const { error } = await post(`${env.DATABRICKS_HOST}/oidc/v1/token`, {
      headers: {
        authorization: `Basic ${btoa(`${env.DATABRICKS_CLIENT_ID}:${env.DATABRICKS_CLIENT_SECRET}`)}`,
      },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    expect(error).toBe("invalid_client");
  });
});

async function post(url: string, init: RequestInit): Promise<Record<string, string>> {
  return (await (await fetch(url, { method: "POST", ...init })).json()) as Record<string, string>;
}
