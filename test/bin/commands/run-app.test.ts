// `pulumi-lakebase run-app`: a process with the app's environment, identity, signals and exit code; mistakes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRealWorkspace, type TestWorkspace } from "../../local/support/workspace.ts";
import { command } from "../support/command.ts";

const root = join(import.meta.dirname, "../../..");
const binary = join(root, "bin/pulumi-lakebase.ts");
let local: TestWorkspace;
let folder: string;
let ready: string;

beforeAll(async () => {
  local = await startRealWorkspace();
  folder = await mkdtemp(join(tmpdir(), "lakebase-run-app-"));
  ready = join(folder, "ready.json");
  const { apiUrl, token } = local.workspace;
  await writeFile(ready, JSON.stringify({ apiUrl, token }));
  await local.createInstance({ name: "orders" });
  const database = {
    instance_name: "orders",
    database_name: "postgres",
    permission: "CAN_CONNECT_AND_CREATE",
  };
  const warehouse = { id: "w-1", permission: "CAN_USE" };
  await local.call("POST", "/api/2.0/apps", {
    name: "shop",
    resources: [
      { name: "database", database },
      { name: "warehouse", sql_warehouse: warehouse },
      { name: "key", secret: { scope: "s", key: "k", permission: "READ" } },
    ],
  });
  await writeFile(
    join(folder, "app.yaml"),
    `command: ["node", "-e", "console.log(process.argv[1])", "port=$DATABRICKS_APP_PORT"]
env:
  - name: LAKEBASE_INSTANCE_NAME
    value: orders
  - name: LAKEBASE_DATABASE_NAME
    value: postgres
  - name: WAREHOUSE_ID
    valueFrom: warehouse
  - name: HOST_AGAIN
    valueFrom: database
  - name: API_KEY
    valueFrom: key
`,
  );
});
afterAll(async () => {
  await local?.[Symbol.asyncDispose]();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

function start(args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [binary, "run-app", ...args], {
    cwd: folder,
    env: { ...process.env, API_KEY: "from the shell", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (out += text));
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, out }));
  return { child, ended, output: () => out };
}

const script = (body: string) => ["--workspace", ready, "shop", "--", "node", "-e", body];

describe("the process", () => {
  it("gets what the platform injects, app.yaml's env, and nothing of another database", async () => {
    const foreign = { PGPASSWORD: "x", PGHOST: "elsewhere", DATABRICKS_TOKEN: "dapi-x", LAKEBASE_X: "x" };
    const print = "console.log(JSON.stringify(process.env))";
    const { code, out } = await start(script(print), foreign).ended;
    expect(code).toBe(0);
    const seen = Object.entries(JSON.parse(out) as Record<string, string>);
    const own = seen.filter(([name]) =>
      /^(PG|DATABRICKS_|LAKEBASE_|WAREHOUSE|HOST_AGAIN|API_KEY)/.test(name),
    );
    const told = (await local.call("GET", "/local/apps/shop/environment")).body;
    const { environment, machine } = told as { environment: { PGHOST: string }; machine: object };
    expect(Object.fromEntries(own)).toEqual({
      ...environment,
      ...machine,
      LAKEBASE_INSTANCE_NAME: "orders",
      LAKEBASE_DATABASE_NAME: "postgres",
      WAREHOUSE_ID: "w-1",
      HOST_AGAIN: environment.PGHOST,
      API_KEY: "from the shell",
    });
  });

  it("reaches the database as the app, with the client and nothing else", async () => {
    const client = pathToFileURL(join(root, "client/index.ts")).href;
    const body = `const { createLakebasePool } = await import(${JSON.stringify(client)});
      const pool = createLakebasePool();
      const { rows } = await pool.query("SELECT current_user = $1 AS me, current_database() AS db", [process.env.PGUSER]);
      console.log(JSON.stringify(rows));
      await pool.end();`;
    const args = script(body);
    args.splice(args.indexOf("-e"), 0, "--input-type=module");
    expect(await start(args).ended).toMatchObject({ code: 0, out: '[{"me":true,"db":"postgres"}]\n' });
  });

  it("is app.yaml's command where none is given, with the port in its place", async () => {
    const { code, out } = await start(["shop", "--workspace", ready, "--port", "9001"]).ended;
    expect({ code, out }).toEqual({ code: 0, out: "port=9001\n" });
  });

  it("gets the signals, and its exit code is the command's", async () => {
    const body =
      "process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('up')";
    const running = start(script(body));
    while (!running.output().includes("up")) await once(running.child.stdout, "data");
    running.child.kill("SIGTERM");
    expect(await running.ended).toMatchObject({ code: 7 });
    const died = await start(script("process.kill(process.pid, 'SIGKILL')")).ended;
    expect(died).toMatchObject({ code: 137 });
  });
});

describe("mistakes", () => {
  const run = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    command(["run-app", ...args], { cwd: folder, env });

  it.each<[string, () => Promise<string[]>, RegExp]>([
    ["no name", async () => [], /no app is named/],
    ["no workspace", async () => ["shop"], /no local workspace runs: .*ready.json"; fix: start one with/],
    [
      "an unknown app",
      async () => ["other", "--workspace", ready],
      /App with name other does not exist.*pulumi up/,
    ],
    [
      "a port that is none",
      async () => ["shop", "--port", "0"],
      /option --port cannot be "0"; allowed: 1 to 65535/,
    ],
    ["no such folder", async () => ["shop", "--source", "gone"], /sourceFolder: does not exist/],
    [
      "a secret that is nowhere",
      async () => ["shop", "--workspace", ready],
      /env API_KEY comes from resource "key".*it has: database, warehouse\); fix: .*set API_KEY/,
    ],
    [
      "a file that is no ready file",
      async () => ["shop", "--workspace", join(folder, "app.yaml")],
      /is not the ready file/,
    ],
    [
      "nothing that answers",
      async () => {
        const file = join(folder, "dead.json");
        await writeFile(file, JSON.stringify({ apiUrl: "http://127.0.0.1:1", token: "dapi-secret" }));
        return ["shop", "--workspace", file];
      },
      /at http:\/\/127.0.0.1:1 does not answer/,
    ],
    [
      "a wrong token",
      async () => {
        const file = join(folder, "wrong.json");
        await writeFile(file, JSON.stringify({ apiUrl: local.workspace.apiUrl, token: "dapi-secret" }));
        return ["shop", "--workspace", file];
      },
      /refuses: /,
    ],
  ])("%s is told with its fix", async (_what, args, message) => {
    const { code, err } = await run(await args());
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
    expect(err).not.toContain("dapi-secret");
  });

  it("a host without scheme is taken as the Databricks tools take it", async () => {
    const folderWithoutFile = await mkdtemp(join(folder, "empty-"));
    const { code, err } = await command(["run-app", "shop"], {
      cwd: folderWithoutFile,
      env: { DATABRICKS_HOST: "127.0.0.1:1", DATABRICKS_TOKEN: "dapi-secret" },
    });
    expect([code, err]).toEqual([1, expect.stringMatching(/at https:\/\/127.0.0.1:1 does not answer/)]);
  });

  it("a program that is not there is told", async () => {
    const { code, err } = await run(["shop", "--workspace", ready, "--", "no-such-program"], {
      API_KEY: "k",
    });
    expect([code, err]).toEqual([1, expect.stringMatching(/cannot run "no-such-program": it is not there/)]);
  });
});
