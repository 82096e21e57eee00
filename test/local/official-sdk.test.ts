// An unmodified program on the official Python SDK and psycopg: creates an instance, gets a credential, logs in.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { preparePython } from "../support/python.ts";
import { type LocalProcess, startLocalProcess } from "./support/process.ts";

const run = promisify(execFile);
const program = fileURLToPath(new URL("support/official_sdk.py", import.meta.url));

let python: string;
let folder: string;
let local: LocalProcess;

beforeAll(async () => {
  python = await preparePython();
  folder = await mkdtemp(join(tmpdir(), "official-sdk-"));
  local = await startLocalProcess(folder);
}, 300_000);
afterAll(async () => {
  await local?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

interface Report {
  created: { name: string; state: string; read_write_dns: string };
  logins: Record<string, string>;
  [name: string]: unknown;
}

/** Runs a part of the program with the environment that the banner tells to set, and nothing else of Databricks. */
async function runProgram(part: string, extra: Record<string, string> = {}): Promise<Report> {
  const { apiUrl, token, postgresHost, postgresPort, caFile } = local.ready;
  const { PATH = "" } = process.env;
  const env = {
    PATH,
    HOME: folder,
    DATABRICKS_HOST: apiUrl,
    DATABRICKS_TOKEN: token,
    PGHOSTADDR: postgresHost,
    PGPORT: String(postgresPort),
    PGSSLROOTCERT: caFile,
    ...extra,
  };
  const { stdout } = await run(python, [program, part], { env });
  return JSON.parse(stdout) as Report;
}

test("creates an instance, gets a credential, connects with TLS and is refused without", async () => {
  const report = await runProgram("deploy");
  expect(report.created).toMatchObject({ name: "order-mgmt-db", state: "AVAILABLE" });
  expect(report.logins).toEqual({
    require: "developer@example.com on PostgreSQL 16",
    "verify-full": "developer@example.com on PostgreSQL 16",
    disable: expect.stringMatching(/FATAL: .*(TLS|SSL)/i),
    "wrong password": expect.stringContaining(
      'password authentication failed for user "developer@example.com"',
    ),
    "personal access token": expect.stringContaining(
      'password authentication failed for user "developer@example.com"',
    ),
  });
  expect(local.output().stderr).toContain(
    "refused: Provided authentication token is not a valid JWT encoding",
  );
});

test("lists, updates, registers, grants, stops, starts and deletes as the SDK does", async () => {
  expect(await runProgram("manage")).toEqual({
    listed: ["order-mgmt-db"],
    found: "order-mgmt-db",
    resized: "CU_2",
    catalog: "analytics",
    "catalog update": "NotImplemented: Update Database Catalog is not yet implemented",
    permissions: ["analyst@example.com CAN_USE"],
    stopped: "STOPPED",
    "login while stopped": expect.stringMatching(/connection .* failed/i),
    started: "AVAILABLE",
    role: "USER",
    missing: "NotFound: Database instance 'nope' not found.",
    taken: "ResourceAlreadyExists: Database instance 'order-mgmt-db' already exists.",
    deleted: "NotFound: Database instance 'order-mgmt-db' not found.",
  });
});

test("a service principal authenticates with client id and secret", async () => {
  const file = await readFile(join(local.dataDir, "service-principal.json"), "utf8");
  const { client_id, client_secret } = JSON.parse(file) as Record<string, string>;
  const machine = {
    DATABRICKS_TOKEN: "",
    DATABRICKS_CLIENT_ID: client_id ?? "",
    DATABRICKS_CLIENT_SECRET: client_secret ?? "",
  };
  expect(await runProgram("machine", machine)).toEqual({
    me: client_id,
    login: `${client_id} on PostgreSQL 16`,
  });
});
