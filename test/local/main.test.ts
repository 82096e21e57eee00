// `npm run local` as a process: ready file, banner, refusals, and an end that leaves nothing behind.
import { execFile, spawn } from "node:child_process";
import { access, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type LocalProcess, runLocalProcess, startLocalProcess } from "./support/process.ts";

const localMain = join(import.meta.dirname, "../../local/main.ts");
/** A net against hangs. */
const patience = { timeout: 60_000, interval: 50 };

let folder: string;
let started: LocalProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "local-main-"));
  started = [];
});
afterEach(async () => {
  for (const local of started) await local.stop();
  await rm(folder, { recursive: true, force: true });
});

const start = async (...args: string[]): Promise<LocalProcess> => {
  const local = await startLocalProcess(folder, args);
  started.push(local);
  return local;
};

/** Processes that were started for this test's data. */
async function processesOf(dataDir: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "pid,args"]);
  return stdout.split("\n").filter((line) => line.includes(dataDir) && !line.includes(" ps "));
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

describe("serving", () => {
  test("ready file and banner say where everything is, and show no secret on the terminal", async () => {
    const local = await start();
    expect(local.ready).toEqual({
      apiUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      token: expect.stringMatching(/^dapi[0-9a-f]{32}$/),
      userName: "developer@example.com",
      postgresHost: "127.0.0.1",
      postgresPort: expect.any(Number),
      caFile: expect.stringMatching(/^\//),
      pid: expect.any(Number),
    });
    expect((await stat(local.readyFile)).mode & 0o777).toBe(0o600);
    const token = await readFile(join(local.dataDir, "token"), "utf8");
    expect(token.trim()).toBe(local.ready.token);
    const client = JSON.parse(await readFile(join(local.dataDir, "service-principal.json"), "utf8"));
    for (const file of [
      "token",
      "service-principal.json",
      "signing-key.json",
      "workspace.sqlite",
      "workspace.sqlite-wal",
    ]) {
      expect((await stat(join(local.dataDir, file))).mode & 0o777, file).toBe(0o600);
    }
    await local.stop();
    const { stdout, stderr } = local.output();
    for (const line of [
      `export DATABRICKS_HOST=${local.ready.apiUrl}`,
      `export DATABRICKS_TOKEN="$(cat ${local.dataDir}/token)"`,
      `export PGHOSTADDR=127.0.0.1 PGPORT=${local.ready.postgresPort} PGSSLROOTCERT=${local.ready.caFile}`,
      "npm run pulumi -- up -s dev",
      "psql ",
      "service-principal.json",
    ]) {
      expect(stdout).toContain(line);
    }
    for (const secret of [local.ready.token, client.client_secret])
      expect(stdout + stderr).not.toContain(secret);
    expect(stderr).toBe("");
  });

  test("the shell lines of the banner work as they stand", async () => {
    const local = await start("--delays", "fast");
    await local.call("POST", "/api/2.0/database/instances", { name: "my-db" });
    await local.reach("my-db", "AVAILABLE");
    const lines = local
      .output()
      .stdout.split("\n")
      .filter((line) => /^ {2}(export|api\(\)|field\(\))/.test(line));
    expect(lines).toHaveLength(6);
    const script = [...lines, 'echo "$PGPASSWORD"', "api instances/my-db | field read_write_dns"].join("\n");
    const { stdout } = await promisify(execFile)("bash", ["-euc", script]);
    const [password, dns] = stdout.trim().split("\n");
    expect(password).toMatch(/^ey[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(dns).toMatch(/^instance-.*\.database\.localhost$/);
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "%s ends it with status 0 and leaves nothing",
    async (signal) => {
      const local = await start("--delays", "fast");
      await local.call("POST", "/api/2.0/database/instances", { name: "db" });
      await local.reach("db", "AVAILABLE");
      await local.call("POST", "/api/2.0/database/instances", { name: "half-done" });
      expect(await processesOf(local.dataDir)).not.toEqual([]);
      expect(await local.stop(signal)).toBe(0);
      expect(await exists(local.readyFile)).toBe(false);
      expect(await processesOf(local.dataDir)).toEqual([]);
      expect(local.output().stdout).toMatch(new RegExp(`${signal}: stopping\nstopped\n$`));
      await expect(fetch(local.ready.apiUrl)).rejects.toThrow();
    },
  );

  test("a ready file that somebody has spoilt stays, and keeps no server from ending", async () => {
    const local = await start("--delays", "fast");
    await local.call("POST", "/api/2.0/database/instances", { name: "db" });
    await local.reach("db", "AVAILABLE");
    await writeFile(local.readyFile, "");
    expect(await local.stop()).toBe(0);
    expect(await exists(local.readyFile)).toBe(true);
    expect(await processesOf(local.dataDir)).toEqual([]);
  });

  test("--parent: it ends, leaving nothing, when the process that started it was killed", async () => {
    const [dataDir, readyFile] = [join(folder, "data"), join(folder, "ready.json")];
    const args = ["--data", dataDir, "--ready-file", readyFile, "--port", "0", "--postgres-port", "0"];
    const script = `require("node:child_process").spawn(process.execPath,
      [...${JSON.stringify([localMain, ...args, "--parent"])}, String(process.pid)], { stdio: "ignore" });
      setInterval(() => {}, 60_000);`;
    const parent = spawn(process.execPath, ["-e", script], { stdio: "ignore" });
    try {
      await vi.waitUntil(() => exists(readyFile), patience);
    } finally {
      parent.kill("SIGKILL");
    }
    await vi.waitUntil(async () => (await processesOf(dataDir)).length === 0, patience);
    expect(await exists(readyFile)).toBe(false);
  });

  test("after kill -9 the next start reaps the servers that were left", async () => {
    const killed = await start("--delays", "fast");
    await killed.call("POST", "/api/2.0/database/instances", { name: "db" });
    await killed.reach("db", "AVAILABLE");
    await killed.kill();
    const next = await start("--delays", "fast");
    await next.reach("db", "AVAILABLE");
    expect(await next.stop()).toBe(0);
    expect(await processesOf(next.dataDir)).toEqual([]);
  });
});

describe("refusals", () => {
  test("all mistakes of the command line, without a stack trace", async () => {
    const { status, stdout, stderr } = await runLocalProcess(["--port", "x", "--delays", "never", "--nope"]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr.match(/^error: /gm)).toHaveLength(3);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test("help is no mistake", async () => {
    const { status, stdout, stderr } = await runLocalProcess(["--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("--postgres-port N");
  });

  test.each([
    [
      "a data directory in use",
      (local: LocalProcess) => ["--data", local.dataDir],
      /is in use by another local workspace \(process \d+, http:/,
    ],
    [
      "a port in use",
      (local: LocalProcess) => ["--port", new URL(local.ready.apiUrl).port],
      /error: port \d+ on 127.0.0.1 is in use; .* --port/,
    ],
    [
      "PostgreSQL's port in use",
      (local: LocalProcess) => ["--postgres-port", String(local.ready.postgresPort)],
      /error: port \d+ on 127.0.0.1 is in use; .* --postgres-port/,
    ],
    [
      "a data directory that is a file",
      () => ["--data", join(folder, "file")],
      /error: the data directory .*file cannot be made .* --data/,
    ],
    [
      "a ready file that cannot be written",
      () => ["--ready-file", join(folder, "file", "ready.json")],
      /error: the ready file .* cannot be written .* --ready-file/,
    ],
  ])("%s", async (_what, args, message) => {
    await writeFile(join(folder, "file"), "");
    const local = await start();
    const defaults = {
      "--data": join(folder, "other"),
      "--port": "0",
      "--postgres-port": "0",
      "--ready-file": join(folder, "r"),
    };
    const given = args(local);
    const rest = Object.entries(defaults).flatMap(([name, value]) =>
      given.includes(name) ? [] : [name, value],
    );
    const { status, stderr } = await runLocalProcess([...given, ...rest]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(1);
    // The one that was there first goes on.
    expect((await local.call("GET", "/api/2.0/database/instances")).status).toBe(200);
  });
});
