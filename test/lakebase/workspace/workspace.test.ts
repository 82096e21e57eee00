// The calls themselves: what is sent, how answers are read, and that tokens stay hidden.
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openWorkspace, type WorkspaceError } from "../../../lakebase/workspace/index.ts";
import {
  isolateEnvironment,
  type Reply,
  type SeenRequest,
  startScriptedServer,
} from "../support/scripted-server.ts";

let environment: Awaited<ReturnType<typeof isolateEnvironment>>;
beforeEach(async () => {
  environment = await isolateEnvironment();
});
afterEach(() => environment[Symbol.asyncDispose]());

async function withWorkspace(script: (request: SeenRequest, index: number) => Reply) {
  const server = await startScriptedServer(script);
  const workspace = await openWorkspace({ host: server.url, token: "dapi-test-token" });
  return { server, workspace, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const instance = {
  name: "orders",
  uid: "5f1c",
  state: "AVAILABLE",
  capacity: "CU_2",
  read_write_dns: "instance-5f1c.database.localhost",
  effective_stopped: false,
  effective_node_count: 2,
  child_instance_refs: [{ name: "orders-copy", uid: "9" }],
  parent_instance_ref: { name: "source" },
  pg_version: "PG_VERSION_16",
  brand_new_field: { a: 1 },
};

test("an instance is read by name, its fields in this project's spelling", async () => {
  await using given = await withWorkspace(() => ({ json: instance }));
  expect(await given.workspace.getInstance("orders")).toEqual({
    name: "orders",
    uid: "5f1c",
    state: "AVAILABLE",
    capacity: "CU_2",
    readWriteDns: "instance-5f1c.database.localhost",
    nodeCount: 2,
    stopped: false,
    pgVersion: "PG_VERSION_16",
    customTags: {},
    parentName: "source",
    childNames: ["orders-copy"],
  });
  const [request] = given.server.requests;
  expect(request?.url).toBe("/api/2.0/database/instances/orders");
  expect(request?.headers.authorization).toBe("Bearer dapi-test-token");
  expect(request?.headers["user-agent"]).toMatch(/^pulumi-lakebase .*auth\/pat$/);
});

test("a state never seen before is passed on as it is", async () => {
  await using given = await withWorkspace(() => ({ json: { ...instance, state: "REFURBISHING" } }));
  expect((await given.workspace.getInstance("orders")).state).toBe("REFURBISHING");
});

test("a name cannot reach out of its path", async () => {
  await using given = await withWorkspace(() => ({ json: instance }));
  await given.workspace.getInstance("../credentials?x=1#y");
  expect(given.server.requests[0]?.url).toBe("/api/2.0/database/instances/..%2Fcredentials%3Fx%3D1%23y");
  for (const name of ["", ".", ".."]) {
    await expect(given.workspace.getInstance(name)).rejects.toThrow(/cannot be asked for/);
  }
  expect(given.server.requests).toHaveLength(1);
});

test("listing follows the pages to the end", async () => {
  await using given = await withWorkspace(({ url }) => {
    const page = new URL(url, "http://x").searchParams.get("page_token");
    if (page === null)
      return { json: { database_instances: [{ ...instance, name: "a" }], next_page_token: "p2" } };
    if (page === "p2") return { json: { next_page_token: "p3" } };
    return { json: { database_instances: [{ ...instance, name: "b" }] } };
  });
  expect((await given.workspace.listInstances()).map(({ name }) => name)).toEqual(["a", "b"]);
});

test("listing ends when a server repeats its page token", async () => {
  await using given = await withWorkspace(() => ({
    json: { database_instances: [instance], next_page_token: "same" },
  }));
  expect(await given.workspace.listInstances()).toHaveLength(2);
});

test("an instance is found by its uid, a catalog by its name", async () => {
  await using given = await withWorkspace(({ url }) =>
    url.includes("findByUid")
      ? { json: instance }
      : { json: { name: "sales", database_instance_name: "orders", database_name: "app", uid: "c1" } },
  );
  expect((await given.workspace.findInstanceByUid("5f1c")).name).toBe("orders");
  expect(given.server.requests[0]?.url).toBe("/api/2.0/database/instances:findByUid?uid=5f1c");
  expect(await given.workspace.getCatalog("sales")).toEqual({
    name: "sales",
    instanceName: "orders",
    databaseName: "app",
    uid: "c1",
  });
});

test("the current user is asked once", async () => {
  await using given = await withWorkspace(() => ({
    json: { id: "7", userName: "ann@example.com", displayName: "Ann" },
  }));
  await given.workspace.currentUser();
  expect(await given.workspace.currentUser()).toEqual({
    id: "7",
    userName: "ann@example.com",
    displayName: "Ann",
  });
  expect(given.server.requests.map(({ url }) => url)).toEqual(["/api/2.0/preview/scim/v2/Me"]);
});

test("each credential is asked for with a request id of its own", async () => {
  await using given = await withWorkspace((_request, index) => ({
    json: { token: `secret-marker-${index}`, expiration_time: "2026-11-22T11:00:00Z" },
  }));
  const first = await given.workspace.generateDatabaseCredential({ instanceNames: ["orders"] });
  const second = await given.workspace.generateDatabaseCredential({ instanceNames: ["orders", "copy"] });
  const bodies = given.server.requests.map(({ body }) => JSON.parse(body));
  expect(bodies[1].instance_names).toEqual(["orders", "copy"]);
  expect(bodies[0].request_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  expect(bodies[0].request_id).not.toBe(bodies[1].request_id);
  expect([first.requestId, second.requestId]).toEqual(bodies.map((body) => body.request_id));
  expect(first.expiresAt).toEqual(new Date("2026-11-22T11:00:00Z"));
});

test("a credential shows its token to nobody who does not ask for it", async () => {
  await using given = await withWorkspace(() => ({
    json: { token: "secret-marker", expiration_time: "2026-11-22T11:00:00Z" },
  }));
  const credential = await given.workspace.generateDatabaseCredential({
    instanceNames: ["orders"],
    requestId: "r1",
  });
  expect(credential.token).toBe("secret-marker");
  const shown = [
    inspect(credential, { showHidden: true, depth: null }),
    inspect({ nested: [credential] }, { depth: null }),
    JSON.stringify({ credential }),
    String(credential),
    JSON.stringify({ ...credential }),
    Object.values(credential).join(),
  ];
  for (const text of shown) expect(text).not.toContain("secret-marker");
  expect(shown[2]).toContain('"requestId":"r1"');
});

test.each([
  ["no token", { expiration_time: "2026-11-22T11:00:00Z" }, '"token"'],
  ["no expiry", { token: "secret-marker" }, '"expiration_time"'],
])("a credential with %s is refused by name", async (_what, json, missing) => {
  await using given = await withWorkspace(() => ({ json }));
  const error = await given.workspace
    .generateDatabaseCredential({ instanceNames: ["orders"] })
    .catch((caught: WorkspaceError) => caught);
  expect(error).toMatchObject({ name: "WorkspaceError", errorCode: "NOT_JSON" });
  expect(inspect(error)).toContain(missing);
  expect(inspect(error)).not.toContain("secret-marker");
});

test("a change of settings names each of them in its mask, and clears tags outright", async () => {
  await using given = await withWorkspace(() => ({ json: instance }));
  await given.workspace.updateInstance("orders", { capacity: "CU_4", pgNativeLogin: false, customTags: {} });
  await given.workspace.updateInstance("orders", { customTags: { team: "payments", env: "dev" } });
  expect(given.server.requests.map(({ method, url, body }) => [method, url, JSON.parse(body)])).toEqual([
    [
      "PATCH",
      "/api/2.0/database/instances/orders?update_mask=capacity%2Cenable_pg_native_login%2Ccustom_tags",
      { name: "orders", capacity: "CU_4", enable_pg_native_login: false, custom_tags: [] },
    ],
    [
      "PATCH",
      "/api/2.0/database/instances/orders?update_mask=custom_tags",
      {
        name: "orders",
        custom_tags: [
          { key: "env", value: "dev" },
          { key: "team", value: "payments" },
        ],
      },
    ],
  ]);
});

test("registered catalogs are those that the service knows as such; others are not even asked for", async () => {
  await using given = await withWorkspace(({ url }) => {
    const { pathname } = new URL(url, "http://x");
    if (pathname === "/api/2.1/unity-catalog/catalogs") {
      const types = { main: "MANAGED_CATALOG", gold: "MANAGED_ONLINE_CATALOG", other: "FOREIGN_CATALOG" };
      return {
        json: { catalogs: Object.entries(types).map(([name, catalog_type]) => ({ name, catalog_type })) },
      };
    }
    if (pathname.endsWith("/gold"))
      return { json: { name: "gold", database_instance_name: "orders", database_name: "sales" } };
    return { status: 404, json: { error_code: "NOT_FOUND", message: "no such catalog" } };
  });
  expect(await given.workspace.listCatalogs()).toEqual([
    { name: "gold", instanceName: "orders", databaseName: "sales" },
  ]);
  expect(given.server.requests.map(({ url }) => url.split("?")[0])).toEqual([
    "/api/2.1/unity-catalog/catalogs",
    "/api/2.0/database/catalogs/gold",
    "/api/2.0/database/catalogs/other",
  ]);
});
