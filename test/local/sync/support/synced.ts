// A workspace with an instance and a lakehouse, and what tests of synced tables do with them.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { expect } from "vitest";
import { type Call, startRealWorkspace, type TestWorkspace } from "../../support/workspace.ts";
import { startLakehouse, type TestLakehouse } from "./lakehouse.ts";

/** Everything that such a test needs. */
export interface SyncedWorkspace extends AsyncDisposable {
  /** The running workspace; another one after a restart. */
  readonly api: TestWorkspace;
  /** Ends the workspace and starts another one on its data. */
  restart(): Promise<void>;
  lakehouse: TestLakehouse;
  /** Declares a synced table `main.default.<name>` and waits for its first copy. */
  create(name: string, source: string, spec: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** The status of a synced table. */
  status(name: string): Promise<Status>;
  /** Runs the table's pipeline, or lets its interval pass, and waits for the end. */
  refresh(name: string): Promise<void>;
  /** Fails unless PostgreSQL holds exactly the source's rows; returns how many. */
  expectEqual(name: string, source: string, key: string[], latestBy?: string): Promise<number>;
  /** A connection of the workspace's user, who owns the instance; its caller ends it. */
  login(): Promise<pg.Client>;
  /** How the user connects. */
  connection(): Promise<Record<string, unknown>>;
}

/** The part of the status that tests look at. */
export interface Status {
  detailed_state: string;
  message: string;
  pipeline_id: string;
  last_sync?: { delta_table_sync_info: { delta_commit_version: number } };
  triggered_update_status?: { triggered_update_progress?: { synced_row_count?: number } };
}

const database = "databricks_postgres";

/** Starts them. */
export async function startSyncedWorkspace(): Promise<SyncedWorkspace> {
  const dataDir = await mkdtemp(join(tmpdir(), "synced-"));
  const cleanups: (() => PromiseLike<void>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  const dispose = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    const lakehouse = await startLakehouse();
    cleanups.push(() => lakehouse[Symbol.asyncDispose]());
    const start = (): Promise<TestWorkspace> => startRealWorkspace({ dataDir, lakehouseDir: lakehouse.dir });
    let api = await start();
    cleanups.push(() => api[Symbol.asyncDispose]());
    await api.createInstance({ name: "db" });
    return syncedWorkspace(
      () => api,
      lakehouse,
      dispose,
      async () => {
        await api[Symbol.asyncDispose]();
        api = await start();
      },
    );
  } catch (error) {
    await dispose();
    throw error;
  }
}

function syncedWorkspace(
  present: () => TestWorkspace,
  lakehouse: TestLakehouse,
  dispose: () => Promise<void>,
  restart: () => Promise<void>,
): SyncedWorkspace {
  const call: Call = (...request) => present().call(...request);
  const path = (name: string): string => `/api/2.0/database/synced_tables/main.default.${name}`;
  const status = async (name: string): Promise<Status> =>
    (await call("GET", path(name))).body.data_synchronization_status as unknown as Status;
  const connection = async (): Promise<Record<string, unknown>> => {
    const { workspace } = present();
    const instance = (await call("GET", "/api/2.0/database/instances/db")).body;
    const credential = await call("POST", "/api/2.0/database/credentials", {
      request_id: "1",
      instance_names: ["db"],
    });
    return {
      host: instance.read_write_dns,
      hostaddr: workspace.postgresHost,
      port: workspace.postgresPort,
      user: workspace.userName,
      password: credential.body.token,
      dbname: database,
      sslmode: "verify-full",
      sslrootcert: workspace.caFile,
    };
  };
  return {
    get api() {
      return present();
    },
    restart,
    lakehouse,
    status,
    connection,
    async create(name, source, spec) {
      const answer = await call("POST", "/api/2.0/database/synced_tables", {
        name: `main.default.${name}`,
        database_instance_name: "db",
        logical_database_name: database,
        spec: { source_table_full_name: source, create_database_objects_if_missing: true, ...spec },
      });
      if (answer.status !== 200) throw new Error(`create answered ${answer.status}: ${answer.body.message}`);
      await present().workspace.settled();
      return answer.body;
    },
    async refresh(name) {
      const table = (await call("GET", path(name))).body;
      const { pipeline_id } = table.data_synchronization_status as Status;
      const spec = table.spec as { scheduling_policy: string };
      if (spec.scheduling_policy === "CONTINUOUS") present().workspace.clock.advance(15_000);
      else expect((await call("POST", `/api/2.0/pipelines/${pipeline_id}/updates`, {})).status).toBe(200);
      await present().workspace.settled();
    },
    async expectEqual(name, source, key, latestBy) {
      const answer = await lakehouse.run(source, {
        do: "compare",
        connection: await connection(),
        table: `"default"."${name}"`,
        key,
        latest_by: latestBy,
      });
      expect(answer.differences, (await status(name)).message).toEqual([]);
      return Number(answer.rows);
    },
    async login() {
      const { host, hostaddr, port, user, password } = (await connection()) as Record<string, string>;
      const ca = await readFile(present().workspace.caFile, "utf8");
      const ssl = { ca, servername: String(host) };
      const client = new pg.Client({ host: hostaddr, port: Number(port), user, password, database, ssl });
      await client.connect();
      return client;
    },
    [Symbol.asyncDispose]: dispose,
  };
}
