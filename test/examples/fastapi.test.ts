// The FastAPI example, run by uvicorn: its configuration, and requests that outlive tokens.
import { lookup } from "node:dns/promises";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFakeDns } from "../lakebase/support/fake-dns.ts";
import { exampleFolder } from "./support/folders.ts";
import { preparePythonExample } from "./support/python.ts";
import { type ExampleServer, startServer } from "./support/server.ts";
import { type Environment, type ExampleWorkspace, startExampleWorkspace } from "./support/workspace.ts";

/** A net against hangs; what is waited for comes within seconds. */
const patience = { timeout: 90_000, interval: 50 };

let commands: string;
let workspace: ExampleWorkspace;

beforeAll(async () => {
  commands = await preparePythonExample("fastapi");
  workspace = await startExampleWorkspace();
}, 600_000);
afterAll(async () => {
  await workspace?.[Symbol.asyncDispose]();
});

function startApp(env: Environment): Promise<ExampleServer> {
  const args = ["app:app", "--port", "0", "--no-access-log"];
  const quiet = { ...env, PYTHONDONTWRITEBYTECODE: "1" };
  return startServer({ command: join(commands, "uvicorn"), args, cwd: exampleFolder("fastapi"), env: quiet });
}

/** So many requests at once that connections beyond the five kept are opened, and closed again. */
async function burst(app: ExampleServer): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 12 }, () => app.get("/orders")));
  const failed = answers.filter(({ status }) => status !== 200);
  expect(failed, app.output()).toEqual([]);
}

test("keeps orders, with the environment of a shell", async () => {
  await using app = await startApp(workspace.shell);
  expect(await app.post("/orders", { item: "tea" })).toEqual({ status: 201, body: { id: 1, item: "tea" } });
  expect(await app.get("/orders")).toEqual({ status: 200, body: [{ id: 1, item: "tea" }] });
  expect((await app.post("/orders", { item: "" })).status).toBe(422);
  // The loop is cancelled and the pool closed: nothing is left to complain.
  await app.stop();
  expect(app.output()).toContain("Application shutdown complete");
  expect(app.output()).not.toMatch(/Traceback|never awaited|was destroyed/);
});

test("takes the stack's exports from a file", async () => {
  const file = join(workspace.api.workspace.dataDir, "lakebase.json");
  await writeFile(file, workspace.exportsText);
  await using app = await startApp({ ...workspace.exports, LAKEBASE_EXPORTS: file });
  expect((await app.get("/orders")).status).toBe(200);
});

test("runs with what the platform gives an app, as its service principal", async () => {
  await workspace.bindApp();
  await using app = await startApp(workspace.app);
  expect((await app.post("/orders", { item: "coffee" })).status).toBe(201);
  const { rows } = await workspace.owner.query(
    "SELECT DISTINCT usename, datname FROM pg_stat_activity WHERE application_name = 'shop'",
  );
  expect(rows).toEqual([{ usename: workspace.app.PGUSER, datname: "shop" }]);
});

test("requests go on when every token has ended: a refused login is repeated with a new one", async () => {
  await using app = await startApp(workspace.shell);
  await workspace.api.call("DELETE", "/local/requests");
  for (let hour = 1; hour <= 3; hour += 1) {
    // The workspace's clock alone: to the app its token looks fresh.
    workspace.api.workspace.clock.advance(3_601_000);
    // However many logins were refused together, one asked for the new token.
    await expect.poll(() => burst(app).then(() => workspace.credentialRequests()), patience).toBe(hour);
  }
});

test("the loop replaces the token before it ends, and keeps it when the workspace has none to give", async () => {
  // Time stands still where tokens are judged: they end for nobody, and the app's own clock drives its loop.
  const start = Date.now();
  await using frozen = await startExampleWorkspace({ tokenSeconds: 5, realTime: () => start });
  await using app = await startApp(frozen.shell);
  await expect.poll(app.output, patience).toContain("new database token");
  const fault = { path: frozen.credentialPath, times: 1000, status: 500, error_code: "INTERNAL_ERROR" };
  await frozen.api.call("POST", "/local/faults", fault);
  await expect.poll(app.output, patience).toMatch(/(keeping the present one; again in [\s\S]*){2}/);
  await burst(app);
  await frozen.api.call("DELETE", "/local/faults");
  const given = await frozen.credentialRequests();
  await expect.poll(() => frozen.credentialRequests(), patience).toBeGreaterThan(given);
  await burst(app);
  expect(frozen.api.lines.filter((line) => line.includes("refused"))).toEqual([]);
});

test("says that the instance is stopped, does not start then, and comes back by itself", async () => {
  const path = "/api/2.0/database/instances/orders";
  await using app = await startApp(workspace.shell);
  await workspace.api.call("PATCH", path, { stopped: true });
  await workspace.api.reach("orders", "STOPPED");
  const detail = "database instance orders is STOPPED: start it first";
  expect(await app.get("/orders")).toEqual({ status: 503, body: { detail } });
  await expect(startApp(workspace.shell)).rejects.toThrow(detail);
  await workspace.api.call("PATCH", path, { stopped: false });
  await workspace.api.reach("orders", "AVAILABLE");
  await burst(app);
});

test("asks DNS servers for a name that the system's resolver does not know", async () => {
  await using ignorant = await startFakeDns({});
  await using knowing = await startFakeDns({ [workspace.host]: ["127.0.0.1"] });
  const isKnownHere = await lookup(workspace.host).then(
    () => true,
    () => false,
  );
  const servers = `${ignorant.server}, ${knowing.server}`;
  await using app = await startApp({ ...workspace.shell, PGHOSTADDR: "", LAKEBASE_DNS_SERVERS: servers });
  // TLS verifies the name all the while.
  expect((await app.get("/orders")).status).toBe(200);
  expect([...new Set([...ignorant.asked, ...knowing.asked])]).toEqual(isKnownHere ? [] : [workspace.host]);
});

test("says what is missing", async () => {
  await expect(startApp({ ...workspace.shell, LAKEBASE_INSTANCE_NAME: "" })).rejects.toThrow(
    "which instance? Set LAKEBASE_INSTANCE_NAME, or LAKEBASE_EXPORTS",
  );
  const exports = JSON.stringify({ schemaVersion: 2 });
  await expect(startApp({ ...workspace.exports, LAKEBASE_EXPORTS: exports })).rejects.toThrow(
    "LAKEBASE_EXPORTS has schemaVersion 2, this app reads 1",
  );
});
