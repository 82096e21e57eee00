// Each stage failing by its name over real sockets: nothing further is tried, and no token is said.
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ConnectionRequest, verifyConnectivity } from "../../../lakebase/connection/index.ts";
import { createSelfSigned } from "../support/certificates.ts";
import { manualClock } from "../support/manual-clock.ts";
import { closedPort, isolateEnvironment } from "../support/scripted-server.ts";
import { endpoint, identity, marker, problemIn, type Scene, setStage, welcoming } from "./setup.ts";

let environment: Awaited<ReturnType<typeof isolateEnvironment>>;
beforeEach(async () => {
  environment = await isolateEnvironment();
});
afterEach(() => environment[Symbol.asyncDispose]());

test("authenticate: a dead workspace, a refused token, nothing configured", async () => {
  const port = await closedPort();
  const dead = await problemIn({}, () => ({
    workspace: { host: `http://127.0.0.1:${port}`, token: marker },
  }));
  expect(dead.error).toMatchObject({ stage: "authenticate", code: "UNREACHABLE" });
  expect(dead.error.message).toContain(`http://127.0.0.1:${port}`);
  const json = { error_code: "UNAUTHENTICATED", message: `bad token dapi-${marker}` };
  const refused = await problemIn({ rest: () => ({ status: 401, json }) });
  expect(refused.error).toMatchObject({ stage: "authenticate", code: "UNAUTHENTICATED" });
  const missing = await problemIn({}, () => ({ workspace: {} }));
  expect(missing.error).toMatchObject({ stage: "authenticate", code: "CONFIGURATION" });
});

test("state: missing, being deleted, and in between until the deadline", async () => {
  const json = { error_code: "NOT_FOUND", message: "no such instance" };
  const isInstance = (url: string) => url.includes("/instances/");
  const missing = await problemIn({
    rest: ({ url }) => (isInstance(url) ? { status: 404, json } : undefined),
  });
  expect(missing.error).toMatchObject({ stage: "state", code: "NOT_FOUND", instance: "orders" });
  expect((await problemIn({ states: ["DELETING"] })).error).toMatchObject({
    stage: "state",
    code: "DELETING",
  });
  const clock = manualClock();
  const late = await problemIn({ states: ["STARTING"] }, () => ({ deadlineMs: 30_000 }), { clock });
  expect(late.error).toMatchObject({ stage: "state", code: "NOT_AVAILABLE" });
  expect(late.error.message).toContain("still in state STARTING after 30 s");
  expect(late.connections).toBe(0);
});

test("credential: refused by the workspace", async () => {
  const json = { error_code: "PERMISSION_DENIED", message: "no CAN_USE" };
  const { error, connections } = await problemIn({
    rest: ({ url }) => (url.endsWith("/credentials") ? { status: 403, json } : undefined),
  });
  expect(error).toMatchObject({ stage: "credential", code: "PERMISSION_DENIED" });
  expect(error.fix).toContain("CAN_USE");
  expect(connections).toBe(0);
});

test("resolve: nobody knows the name", async () => {
  const nowhere = { lookup: () => Promise.reject(Object.assign(new Error(), { code: "ENOTFOUND" })) };
  const resolve = { ...nowhere, configuredServers: async () => [], publicServers: [] };
  const states = [{ state: "AVAILABLE", read_write_dns: "instance-1.example.invalid" }];
  const { error } = await problemIn({ states }, undefined, { env: {}, resolve });
  expect(error).toMatchObject({ stage: "resolve", code: "ENOTFOUND", host: "instance-1.example.invalid" });
  expect(error.fix).toContain("PGHOSTADDR");
});

test("resolve: the system fails, another server knows; the name is still what TLS verifies", async () => {
  const name = "instance-1.example.invalid";
  const scene: Scene = {
    states: [{ state: "AVAILABLE", read_write_dns: name }],
    certificate: (authority) => authority.issue(name),
  };
  await using stage = await setStage(scene);
  const resolve = {
    lookup: () => Promise.reject(Object.assign(new Error(), { code: "EAI_AGAIN" })),
    query: async () => [{ address: "127.0.0.1", family: 4 as const }],
  };
  const report = await verifyConnectivity(
    { ...stage.request, dnsServers: ["192.0.2.1"] },
    { ...stage.deps, resolve },
  );
  expect(report).toMatchObject({
    outcome: "verified",
    host: name,
    address: "127.0.0.1",
    resolvedVia: "resolver",
  });
  expect(stage.postgres.logins[0]?.servername).toBe(name);
});

test("connect: refused; of several addresses the next one is tried", async () => {
  const port = await closedPort();
  const refused = await problemIn({}, () => ({ port }));
  expect(refused.error).toMatchObject({ stage: "connect", code: "ECONNREFUSED", address: "127.0.0.1", port });
  const name = "instance-1.example.invalid";
  await using stage = await setStage({
    states: [{ state: "AVAILABLE", read_write_dns: name }],
    certificate: (authority) => authority.issue(name),
  });
  // The fake server listens on 127.0.0.1 alone.
  const lookup = async () => ["127.0.0.2", "127.0.0.1"].map((address) => ({ address, family: 4 as const }));
  const report = await verifyConnectivity(stage.request, { ...stage.deps, resolve: { lookup } });
  expect(report).toMatchObject({ outcome: "verified", address: "127.0.0.1" });
});

test.each<[string, Scene, Partial<ConnectionRequest>, string, RegExp]>([
  [
    "signed by nobody",
    { certificate: () => createSelfSigned(endpoint) },
    {},
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    /authorities in .*ca\.pem/,
  ],
  [
    "signed by an authority that Node does not know",
    {},
    { sslRootCert: undefined },
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    /that Node trusts/,
  ],
  [
    "for another name",
    { certificate: (from) => from.issue("instance-2.database.localhost") },
    {},
    "ERR_TLS_CERT_ALTNAME_INVALID",
    /another name than instance-1.*instance-2/,
  ],
  [
    "expired",
    { certificate: (from) => from.issue(endpoint, { from: -5, to: -1 }) },
    {},
    "CERT_HAS_EXPIRED",
    /has expired/,
  ],
  [
    "not valid yet",
    { certificate: (from) => from.issue(endpoint, { from: 1, to: 5 }) },
    {},
    "CERT_NOT_YET_VALID",
    /not valid yet/,
  ],
  ["not to be had: TLS refused", { postgres: () => ({ tls: "refuse" }) }, {}, "TLS_REFUSED", /refuses TLS/],
  [
    "not to be had: silence",
    { postgres: () => ({ tls: "silence" }) },
    { stageTimeoutMs: 200 },
    "ETIMEDOUT",
    /does not answer the TLS/,
  ],
  ["not to be had: closed", { postgres: () => ({ tls: "hang-up" }) }, {}, "UNKNOWN", /handshake failed/],
  [
    "checked against no file",
    {},
    { sslRootCert: "/nowhere/ca.pem" },
    "ENOENT",
    /\/nowhere\/ca\.pem cannot be read/,
  ],
  [
    "checked against a file that is none",
    {},
    { sslRootCert: import.meta.filename },
    "NO_CERTIFICATE",
    /no PEM certificate/,
  ],
])("tls: a certificate %s; no password is sent", async (_what, scene, request, code, message) => {
  const { error, logins } = await problemIn(scene, () => request);
  expect(error).toMatchObject({ stage: "tls", code, instance: "orders" });
  expect(error.message).toMatch(message);
  expect(logins).toEqual([]);
});

test("tls: a certificate file that cannot be read is told before anything is asked or waited for", async () => {
  const { requests } = await problemIn({ states: ["STARTING"] }, () => ({ sslRootCert: "/nowhere/ca.pem" }));
  expect(requests).toEqual([]);
});

test("tls: verification cannot be switched off by the environment", async () => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  try {
    const { error } = await problemIn({ certificate: () => createSelfSigned(endpoint) });
    expect(error).toMatchObject({ stage: "tls", code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  }
});

test.each<[string, NonNullable<ReturnType<NonNullable<Scene["postgres"]>>["login"]>, string, RegExp]>([
  [
    "the password",
    { code: "28P01", message: `password authentication failed for user "${identity}"` },
    "28P01",
    /databricks_create_role/,
  ],
  [
    "the role",
    { code: "28000", message: `role "${identity}" does not exist` },
    "28000",
    /no role for the caller/,
  ],
  ["too many", { code: "53300", message: "sorry, too many clients already" }, "53300", /1,000/],
  [
    "the right to connect",
    { code: "42501", message: 'permission denied for database "app"' },
    "42501",
    /GRANT CONNECT/,
  ],
  ["any answer", "silence", "ETIMEDOUT", /does not answer/],
  ["by hanging up", "hang-up", "CONNECTION_LOST", /closed the connection/],
])("login: refused %s", async (_what, login, code, message) => {
  const stageTimeoutMs = login === "silence" ? 300 : 15_000;
  const { error } = await problemIn({ postgres: () => ({ login }) }, () => ({ stageTimeoutMs }));
  expect(error).toMatchObject({ stage: "login", code, identity, database: "app" });
  expect(error.message).toMatch(message);
});

test("login: a missing database is answered with those that exist", async () => {
  const missing = { login: { code: "3D000", message: 'database "app" does not exist' } };
  const listing = { query: () => [{ datname: "databricks_postgres" }, { datname: "shop" }] };
  const { error, logins } = await problemIn({
    postgres: (connection) => (connection === 0 ? missing : listing),
  });
  expect(error.message).toContain('which has "databricks_postgres", "shop"');
  expect(logins.map(({ database }) => database)).toEqual(["app", "databricks_postgres"]);
  const alone = await problemIn({ postgres: () => missing });
  expect(alone.error.message).toContain('database "app" does not exist on the instance (');
});

test.each([
  ["the first query", () => hangUp()],
  [
    "the look at the tables",
    (sql: string) => (sql.includes("version()") ? welcoming.query?.(sql) : hangUp()),
  ],
] as const)("probe: the server hangs up at %s", async (_what, query) => {
  const { error } = await problemIn({ postgres: () => ({ query: query as never }) }, () => ({
    tables: [{ name: "public.orders" }],
  }));
  expect(error).toMatchObject({ stage: "probe", code: "CONNECTION_LOST", retry: "briefly" });
});

test("probe: the server says no more at a table", async () => {
  const { error } = await problemIn(
    {
      postgres: () => ({
        query: (sql) => (sql.includes('"orders"') ? "silence" : (welcoming.query?.(sql) ?? [])),
      }),
    },
    () => ({ tables: [{ name: "public.orders" }], stageTimeoutMs: 300 }),
  );
  expect(error).toMatchObject({ stage: "probe", code: "ETIMEDOUT" });
  expect(error.message).toContain("table public.orders: no answer");
});

function hangUp(): never {
  throw new Error("hangs up");
}

test("probe: refused, silent, and somebody else", async () => {
  const denied = await problemIn({
    postgres: () => ({ query: () => ({ code: "57014", message: "canceling" }) }),
  });
  expect(denied.error).toMatchObject({ stage: "probe", code: "57014" });
  const row = { version: "x", number: "1", currentUser: "postgres", sessionUser: identity };
  const other = await problemIn({ postgres: () => ({ query: () => [row] }) });
  expect(other.error).toMatchObject({ stage: "probe", code: "IDENTITY" });
  expect(other.error.message).toContain(
    `logged in as ${identity}, acting as postgres instead of ${identity}`,
  );
});
