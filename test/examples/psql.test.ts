// The psql example: a real psql, logged in with a fresh token.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exampleFolder } from "./support/folders.ts";
import { preparePythonExample } from "./support/python.ts";
import { type Environment, type ExampleWorkspace, startExampleWorkspace } from "./support/workspace.ts";

const run = promisify(execFile);

let commands: string;
let workspace: ExampleWorkspace;

beforeAll(async () => {
  await run("psql", ["--version"]).catch(() => {
    throw new Error(
      "this test needs psql on the PATH (Debian: apt-get install postgresql-client; macOS: brew install libpq)",
    );
  });
  commands = await preparePythonExample("psql");
  workspace = await startExampleWorkspace();
}, 600_000);
afterAll(async () => {
  await workspace?.[Symbol.asyncDispose]();
});

const script = join(exampleFolder("psql"), "lakebase-psql.sh");

/** What psql prints, without frame and headers. */
async function query(env: Environment, sql: string): Promise<string> {
  const settings = { ...env, PYTHON: join(commands, "python"), PSQLRC: "/dev/null" };
  const { stdout } = await run(script, ["-X", "-A", "-t", "-c", sql], { env: settings });
  return stdout.trim();
}

test("opens the database, with the environment of a shell", async () => {
  const user = workspace.api.workspace.userName;
  expect(await query(workspace.shell, "SELECT current_user, current_database()")).toBe(
    `${user}|databricks_postgres`,
  );
  // TLS verifies the server: another authority's word is not enough.
  const system = { ...workspace.shell, PGSSLROOTCERT: "" };
  await expect(query(system, "SELECT 1")).rejects.toThrow("certificate verify failed");
});

test("takes the stack's exports from a file, and every hour a new token", async () => {
  const file = join(workspace.api.workspace.dataDir, "lakebase.json");
  await writeFile(file, workspace.exportsText);
  for (let hour = 0; hour < 2; hour += 1) {
    expect(await query({ ...workspace.exports, LAKEBASE_EXPORTS: file }, "SELECT 6 * 7")).toBe("42");
    workspace.api.workspace.clock.advance(3_601_000);
  }
});

test("runs with what the platform gives an app, as its service principal", async () => {
  await workspace.bindApp();
  expect(await query(workspace.app, "SELECT current_user, current_database()")).toBe(
    `${workspace.app.PGUSER}|shop`,
  );
});

test("says what is missing, and that the instance is stopped", async () => {
  await expect(query({ ...workspace.shell, LAKEBASE_INSTANCE_NAME: "" }, "SELECT 1")).rejects.toThrow(
    "which instance? Set LAKEBASE_INSTANCE_NAME",
  );
  await workspace.api.call("PATCH", "/api/2.0/database/instances/orders", { stopped: true });
  await workspace.api.reach("orders", "STOPPED");
  await expect(query(workspace.shell, "SELECT 1")).rejects.toThrow("database instance orders is STOPPED");
});
