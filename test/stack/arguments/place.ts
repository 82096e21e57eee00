// The workspace that the suite over every argument runs in, with what its units refer to.
import { copyFile, cp, mkdir, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, connect as dial, type Server } from "node:net";
import { join } from "node:path";
import { writeAppYaml } from "../../../lakebase/app-source/index.ts";
import { type LocalWorkspace, startLocalWorkspace } from "../../../local/workspace.ts";
import { runSql } from "../support/run-sql.ts";
import { ask, reach } from "../support/workspace-control.ts";
import type { Place } from "./table.ts";

/** The place, and what there is to do in it. */
export interface PreparedPlace extends Place, AsyncDisposable {
  workspace: LocalWorkspace;
  /** A file with the profiles `one` and `two`. */
  configFile: string;
  /** Runs SQL as the deployer. */
  query(instanceName: string, sql: string, database?: string): Promise<object[]>;
}

/** Starts the workspace, with an instance `source` that was made outside of any stack. */
export async function preparePlace(folder: string): Promise<PreparedPlace> {
  const lakehouseDir = join(folder, "lakehouse");
  await cp(join(import.meta.dirname, "../../../examples/lakehouse/main"), join(lakehouseDir, "main"), {
    recursive: true,
  });
  await mkdir(join(lakehouseDir, "main/silver"));
  const workspace = await startLocalWorkspace({
    dataDir: join(folder, "workspace"),
    delays: 20,
    lakehouseDir,
  });
  const forwarder = await forwardTo(workspace.postgresPort);
  const query = async (
    instanceName: string,
    sql: string,
    databaseName = "databricks_postgres",
  ): Promise<object[]> => {
    return (await runSql(workspace, instanceName, sql, { databaseName })).rows;
  };
  await makeSource(workspace, query);
  const [{ lsn } = { lsn: "" }] = (await query("source", "SELECT pg_current_wal_lsn()::text AS lsn")) as {
    lsn: string;
  }[];
  const time = new Date().toISOString();
  // What clones of that moment still have.
  await query("source", "DELETE FROM facts WHERE id = 3");
  const configFile = join(folder, "profiles");
  const profile = `host = ${workspace.apiUrl}\ntoken = ${workspace.token}\n`;
  await writeFile(configFile, `[one]\n${profile}[two]\n${profile}`, { mode: 0o600 });
  const secondCaFile = join(folder, "ca-copy.crt");
  await copyFile(workspace.caFile, secondCaFile);
  return {
    workspace,
    configFile,
    query,
    apiUrl: workspace.apiUrl,
    ports: [workspace.postgresPort, (forwarder.address() as AddressInfo).port],
    caFiles: [workspace.caFile, secondCaFile],
    time,
    lsn,
    appFolders: [
      await writeApp(join(folder, "app-one"), "source", "one"),
      await writeApp(join(folder, "app-two"), "by-lsn", "two"),
    ],
    async [Symbol.asyncDispose]() {
      forwarder.close();
      await workspace.close();
    },
  };
}

async function makeSource(workspace: LocalWorkspace, query: PreparedPlace["query"]): Promise<void> {
  await ask(workspace, "POST", "/api/2.0/database/instances", { name: "source", capacity: "CU_1" });
  await reach(workspace, "source", "AVAILABLE");
  for (const [type, name] of [
    ["user", "ann@example.com"],
    ["user", "bob@example.com"],
    ["group", "analysts"],
  ])
    await ask(workspace, "POST", "/local/identities", { type, name });
  const facts = `CREATE TABLE facts (id int PRIMARY KEY, at timestamptz DEFAULT now(), also_at timestamptz DEFAULT now());
    INSERT INTO facts VALUES (1), (2), (3)`;
  for (const database of ["one", "two", "three"]) {
    await query("source", `CREATE DATABASE ${database}`);
    await query("source", facts, database);
  }
  await query(
    "source",
    `${facts}; CREATE SCHEMA sales CREATE TABLE deals (id int);
    CREATE ROLE makers; GRANT makers TO CURRENT_USER`,
  );
}

async function writeApp(folder: string, instanceName: string, databaseName: string): Promise<string> {
  await mkdir(folder);
  await writeFile(join(folder, "app.py"), "");
  await writeFile(join(folder, "requirements.txt"), "psycopg[binary]\n");
  await writeFile(join(folder, "app.yaml"), writeAppYaml({ instanceName, databaseName }));
  return folder;
}

/** A second port that leads to the same place. */
async function forwardTo(port: number): Promise<Server> {
  const server = createServer((client) => {
    const upstream = dial(port, "127.0.0.1");
    for (const socket of [client, upstream]) socket.on("error", () => {});
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
