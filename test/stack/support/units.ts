// A stack of many like databases, one for each thing that is to go wrong: two deployments then try all of them.
import { randomUUID } from "node:crypto";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { type LocalWorkspace, startLocalWorkspace } from "../../../local/workspace.ts";
import { temporaryFolder } from "./folder.ts";
import { writeProgram } from "./program.ts";
import { type Run, type StackUnderTest, startStack } from "./stack.ts";
import { ask } from "./workspace-control.ts";

const lakehouse = join(import.meta.dirname, "../../../examples/lakehouse/main");
/** Who is granted access to each database. */
export const reader = "ann@example.com";

const source = `
import * as pulumi from "@pulumi/pulumi";
import { LakebaseDatabase } from "pulumi-lakebase";
const config = new pulumi.Config();
const everyone = [{ name: "${reader}", type: "USER", databricksSuperuser: true, grants: [{ preset: "reader" }] }];
const principals = config.getBoolean("nobody") ? [] : everyone;
const storage = { storageCatalog: "main", storageSchema: "gold" };
// A source may have twenty copies.
const sources = [
  { source: "main.gold.customers", primaryKey: ["customer_id"], ...storage },
  { source: "main.gold.daily_revenue", primaryKey: ["day", "region"], ...storage },
];
for (const name of config.requireObject("units")) {
  const catalogName = name.replace("-", "_");
  const table = sources[Number(name.slice("unit-".length)) % sources.length];
  new LakebaseDatabase(name, {
    name,
    catalogName,
    principals,
    syncedTables: [{ name: catalogName + ".gold.copy", ...table }],
    port: config.requireNumber("port"),
    sslRootCert: config.require("sslRootCert"),
  }, { protect: false });
}
`;

/** A request as the workspace has logged it. */
export interface LoggedRequest {
  seq: number;
  time: string;
  method: string;
  path: string;
  status: number;
  body: unknown;
  user_agent: string;
}

/** What a planted fault needs to be told; see local/api/faults.ts. */
export type Fault = Record<string, unknown>;

/** Such a stack. */
export interface UnitStack extends AsyncDisposable {
  workspace: LocalWorkspace;
  stack: StackUnderTest;
  /** Declares the databases of these names. */
  declare(units: readonly string[]): Promise<void>;
  /** Deploys as many at once as there are. */
  up(...args: string[]): Promise<Run>;
  requests(): Promise<LoggedRequest[]>;
  plant(faults: readonly Fault[]): Promise<void>;
  /** Faults that nothing has met yet. */
  planted(): Promise<Fault[]>;
  clearFaults(): Promise<void>;
  /** Runs SQL as the owner. */
  query(unit: string, sql: string): Promise<Record<string, unknown>[]>;
}

/** Starts one; nothing is deployed yet. */
export async function startUnitStack(): Promise<UnitStack> {
  const folder = await temporaryFolder();
  const lakehouseDir = join(folder.path, "lakehouse");
  await cp(lakehouse, join(lakehouseDir, "main"), { recursive: true });
  const dataDir = join(folder.path, "data");
  const workspace = await startLocalWorkspace({ dataDir, delays: 20, lakehouseDir, maximumInstances: 100 });
  await ask(workspace, "POST", "/local/identities", { type: "user", name: reader });
  const program = join(folder.path, "program");
  await writeProgram(program, source);
  const stack = await startStack({ workspace, program, config: { "lakebase:units": [] } });
  const parallel = ["--parallel", "100"];
  return {
    workspace,
    stack,
    declare: (units) => stack.configure({ "lakebase:units": units }),
    up: (...args) => stack.run("up", ...parallel, ...args),
    async requests() {
      const { requests } = await ask(workspace, "GET", "/local/requests");
      return requests as LoggedRequest[];
    },
    async plant(faults) {
      for (const fault of faults) await ask(workspace, "POST", "/local/faults", fault);
    },
    async planted() {
      const { faults } = await ask(workspace, "GET", "/local/faults");
      return (faults as { fault: Fault }[]).map(({ fault }) => fault);
    },
    async clearFaults() {
      await ask(workspace, "DELETE", "/local/faults");
    },
    async query(unit, sql) {
      // By requests of its own, which meet no fault that is planted for a deployment.
      const { read_write_dns } = await ask(workspace, "GET", `/api/2.0/database/instances/${unit}`);
      const wanted = { request_id: randomUUID(), instance_names: [unit] };
      const { token } = await ask(workspace, "POST", "/api/2.0/database/credentials", wanted);
      const client = new pg.Client({
        host: workspace.postgresHost,
        port: workspace.postgresPort,
        user: workspace.userName,
        password: String(token),
        database: "databricks_postgres",
        ssl: { ca: await readFile(workspace.caFile, "utf8"), servername: String(read_write_dns) },
      });
      await client.connect();
      try {
        return (await client.query(sql)).rows as Record<string, unknown>[];
      } finally {
        await client.end();
      }
    },
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
      await workspace.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
