// The Node example, installed beside this package as npm would: types, configuration, and requests that outlive tokens.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exampleFolder } from "./support/folders.ts";
import { type ExampleServer, startServer } from "./support/server.ts";
import { type Environment, type ExampleWorkspace, startExampleWorkspace } from "./support/workspace.ts";

const root = join(import.meta.dirname, "../..");

let folder: string;
let workspace: ExampleWorkspace;

/** Every package that the example's package.json names, as a link; the file: one is this project. */
async function install(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), "node-example-"));
  await cp(exampleFolder("node"), folder, {
    recursive: true,
    filter: (path) => !path.includes("node_modules"),
  });
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  for (const [name, version] of Object.entries<string>({ ...dependencies, ...devDependencies })) {
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(version.startsWith("file:") ? root : join(root, "node_modules", name), link);
  }
}

beforeAll(async () => {
  await install();
  workspace = await startExampleWorkspace();
});
afterAll(async () => {
  await workspace?.[Symbol.asyncDispose]();
  if (folder) await rm(folder, { recursive: true, force: true });
});

function startService(env: Environment): Promise<ExampleServer> {
  return startServer({
    command: process.execPath,
    args: ["server.ts"],
    cwd: folder,
    env: { ...env, PORT: "0" },
  });
}

test("its types hold against the published declarations", async () => {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = await promisify(execFile)(process.execPath, [compiler], { cwd: folder });
  expect(stdout).toBe("");
});

test("keeps orders, with the environment of a shell, and ends quietly", async () => {
  await using service = await startService(workspace.shell);
  expect(await service.get("/orders")).toEqual({ status: 200, body: [] });
  expect(await service.post("/orders", { item: "tea" })).toEqual({
    status: 201,
    body: { id: 1, item: "tea" },
  });
  expect(await service.get("/orders")).toEqual({ status: 200, body: [{ id: 1, item: "tea" }] });
  expect((await service.post("/orders", { item: "" })).status).toBe(422);
  expect((await service.get("/nothing")).status).toBe(404);
  expect(await service.stop()).toBe(0);
  expect(service.output()).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\n$/);
});

test("takes the stack's exports, as text and from a file", async () => {
  const file = join(folder, "lakebase.json");
  await writeFile(file, workspace.exportsText);
  for (const LAKEBASE_EXPORTS of [workspace.exportsText, file]) {
    await using service = await startService({ ...workspace.exports, LAKEBASE_EXPORTS });
    expect((await service.get("/orders")).status).toBe(200);
  }
});

test("runs with what the platform gives an app, as its service principal", async () => {
  await workspace.bindApp();
  await using service = await startService(workspace.app);
  expect((await service.post("/orders", { item: "coffee" })).status).toBe(201);
  const { rows } = await workspace.owner.query(
    "SELECT DISTINCT usename, datname FROM pg_stat_activity WHERE application_name = 'shop'",
  );
  expect(rows).toEqual([{ usename: workspace.app.PGUSER, datname: "shop" }]);
});

test("requests go on when every token has ended, and say why when the instance is stopped", async () => {
  await using service = await startService(workspace.shell);
  // The workspace's clock alone: to the service its token looks fresh.
  workspace.api.workspace.clock.advance(3_601_000);
  const burst = async (): Promise<string> => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => service.get("/orders")));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    return service.output();
  };
  await expect.poll(burst, { timeout: 90_000 }).toContain("the server refused a token");
  const path = "/api/2.0/database/instances/orders";
  await workspace.api.call("PATCH", path, { stopped: true });
  await workspace.api.reach("orders", "STOPPED");
  expect(await service.get("/orders")).toEqual({
    status: 503,
    body: { detail: expect.stringContaining("stopped") },
  });
  await workspace.api.call("PATCH", path, { stopped: false });
  await workspace.api.reach("orders", "AVAILABLE");
  expect((await service.get("/orders")).status).toBe(200);
});

test("says what is missing", async () => {
  const { PATH = "", HOME = "" } = workspace.shell;
  await expect(startService({ PATH, HOME })).rejects.toThrow("LAKEBASE_INSTANCE_NAME");
});
