// The check against the local workspace: real REST, real tokens, real TLS, a real PostgreSQL.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ConnectionDeps,
  type ConnectionProblem,
  type ConnectionRequest,
  connect,
  connectionStages,
  verifyConnectivity,
} from "../../../lakebase/connection/index.ts";
import { openWorkspace, type Workspace } from "../../../lakebase/workspace/index.ts";
import { type LocalWorkspace, startLocalWorkspace } from "../../../local/workspace.ts";
import { isolateEnvironment } from "../support/scripted-server.ts";

let environment: Awaited<ReturnType<typeof isolateEnvironment>>;
let folder: string;
let local: LocalWorkspace;
let workspace: Workspace;
/** Everything that checks said or returned, to be searched for tokens at the end. */
const said: string[] = [];

beforeAll(async () => {
  environment = await isolateEnvironment();
  folder = await mkdtemp(join(tmpdir(), "lakebase-check-"));
  const mintedTokensFile = join(folder, "minted");
  local = await startLocalWorkspace({ dataDir: join(folder, "data"), delays: 400, mintedTokensFile });
  workspace = await openWorkspace({ host: local.apiUrl, token: local.token });
  await api("POST", "/instances", { name: "orders", capacity: "CU_1" });
});
afterAll(async () => {
  await local?.close();
  await rm(folder, { recursive: true, force: true });
  await environment[Symbol.asyncDispose]();
});

async function api(method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(`${local.apiUrl}/api/2.0/database${path}`, {
    method,
    headers: { authorization: `Bearer ${local.token}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  expect(response.status, await response.text()).toBe(200);
}

const setStopped = (stopped: boolean) =>
  api("PATCH", "/instances/orders?update_mask=stopped", { name: "orders", stopped });

const request = (change: Partial<ConnectionRequest> = {}): ConnectionRequest => ({
  workspace: { host: local.apiUrl, token: local.token },
  instanceName: "orders",
  databaseName: "databricks_postgres",
  port: local.postgresPort,
  sslRootCert: local.caFile,
  settlingMs: 5_000,
  ...change,
});

const deps: ConnectionDeps = { onProgress: (line) => said.push(line) };

async function verify(change: Partial<ConnectionRequest> = {}) {
  const report = await verifyConnectivity(request(change), deps);
  said.push(inspect(report, { depth: null }), JSON.stringify(report));
  return report;
}

async function problem(change: Partial<ConnectionRequest> = {}): Promise<ConnectionProblem> {
  const error = await verifyConnectivity(request(change), deps).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: "ConnectionProblem" });
  said.push(inspect(error, { showHidden: true, depth: null }), JSON.stringify(error));
  return error as ConnectionProblem;
}

test("an instance that is still starting is waited for and verified", async () => {
  const report = await verify();
  const instance = await workspace.getInstance("orders");
  expect(report).toMatchObject({
    outcome: "verified",
    instanceUid: instance.uid,
    state: "AVAILABLE",
    capacity: "CU_1",
    host: instance.readWriteDns,
    address: "127.0.0.1",
    resolvedVia: "loopback",
    userName: local.userName,
    tlsVersion: "TLSv1.3",
    serverVersion: expect.stringMatching(/^PostgreSQL 16\./),
  });
  expect(report.serverVersionNumber).toBeGreaterThanOrEqual(160_000);
  expect(report.stages.map(({ stage }) => stage)).toEqual([...connectionStages]);
});

test("the connection works, to both databases that every instance has", async () => {
  for (const databaseName of ["databricks_postgres", "postgres"]) {
    const { client, facts } = await connect(request({ databaseName }));
    const { rows } = await client.query("SELECT current_database() AS name, $1::int + 1 AS sum", [41]);
    expect(rows).toEqual([{ name: databaseName, sum: 42 }]);
    expect(facts.databaseName).toBe(databaseName);
    await client.end();
  }
});

test("a missing database is named together with those that exist", async () => {
  const error = await problem({ databaseName: "shop" });
  expect(error).toMatchObject({ stage: "login", code: "3D000" });
  expect(error.message).toContain('which has "databricks_postgres", "postgres"');
});

test("a service principal without a role in Postgres is refused at the login, with the statement that makes one", async () => {
  const { apiUrl: host, clientId, clientSecret } = local;
  const refused = await problem({ workspace: { host, clientId, clientSecret } });
  expect(refused).toMatchObject({ stage: "credential" });
  expect(refused.fix).toContain("CAN_USE");
  const access_control_list = [{ service_principal_name: clientId, permission_level: "CAN_USE" }];
  await fetch(`${host}/api/2.0/permissions/database-instances/orders`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${local.token}` },
    body: JSON.stringify({ access_control_list }),
  });
  const error = await problem({ workspace: { host, clientId, clientSecret } });
  expect(error).toMatchObject({ stage: "login", identity: clientId, code: "28000" });
  expect(error.fix).toContain(`databricks_create_role('${clientId}', 'SERVICE_PRINCIPAL')`);
});

test("without the local authority's certificate nothing is trusted, no password is sent", async () => {
  const error = await problem({ sslRootCert: undefined });
  expect(error).toMatchObject({ stage: "tls", retry: "never" });
  expect(error.fix).toContain("PGSSLROOTCERT");
});

test("an instance that does not exist, and a personal access token that is none", async () => {
  expect(await problem({ instanceName: "nowhere" })).toMatchObject({ stage: "state", code: "NOT_FOUND" });
  const workspace = { host: local.apiUrl, token: "dapi-not-a-real-one" };
  expect(await problem({ workspace })).toMatchObject({ stage: "authenticate" });
});

test("stopped: reported, not dialled; started again: waited for and verified", async () => {
  await setStopped(true);
  await expect
    .poll(async () => (await workspace.getInstance("orders")).state, { timeout: 30_000 })
    .toBe("STOPPED");
  expect(await verify()).toMatchObject({ outcome: "stopped", state: "STOPPED" });
  await setStopped(false);
  expect(await verify()).toMatchObject({ outcome: "verified" });
});

test("an hour later everything is fetched anew, also for machine-to-machine login", async () => {
  const { apiUrl: host, clientId, clientSecret } = local;
  const principal = await openWorkspace({ host, clientId, clientSecret });
  expect((await principal.currentUser()).userName).toBe(clientId);
  local.clock.advance(2 * 3_600_000);
  expect((await principal.listInstances()).map(({ name }) => name)).toEqual(["orders"]);
  expect(await verify()).toMatchObject({ outcome: "verified" });
});

test("being deleted is told apart from missing", async () => {
  await api("DELETE", "/instances/orders?purge=true");
  const error = await problem();
  expect(error).toMatchObject({ stage: "state" });
  expect(["DELETING", "NOT_FOUND"]).toContain(error.code);
});

test("no token that the workspace ever minted was said or returned", async () => {
  const minted = (await readFile(join(folder, "minted"), "utf8")).split("\n").filter(Boolean);
  expect(minted.length).toBeGreaterThan(4);
  const everything = said.join("\n");
  expect(everything).toContain("verified");
  for (const secret of [...minted, local.token, local.clientSecret]) expect(everything).not.toContain(secret);
});
