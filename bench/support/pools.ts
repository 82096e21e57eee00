// The pools that are compared, all on the same instance and of the same size.
import { createLakebasePool as createDatabricksPool, type LakebasePoolConfig } from "@databricks/lakebase";
import pg from "pg";
import { createLakebasePool } from "../../client/index.ts";
import { clientConfig } from "./postgres-client.ts";
import type { Workspace } from "./workspace.ts";

/** Our pool's name in the tables. */
export const ours = "pulumi-lakebase";
/** What every pool is compared with. */
export const fixed = "static password";

/** One of the pools. */
export interface ComparedPool {
  pool: pg.Pool;
  /** Credentials asked for so far. */
  minted(): number;
}

const connectionTimeoutMillis = 10_000;

/** Opens them on an instance, each with at most `max` connections. */
export async function openPools(
  workspace: Workspace,
  instance: string,
  max: number,
): Promise<{ pools: Record<string, ComparedPool> } & AsyncDisposable> {
  const { password, ...config } = clientConfig(await workspace.connection(instance));
  const shared = { ...config, max, connectionTimeoutMillis };
  const pools: Record<string, ComparedPool> = {
    [fixed]: { pool: new pg.Pool({ ...shared, password: String(password) }), minted: () => 1 },
    "password: async": asyncPool(workspace, instance, shared),
    "@databricks/lakebase": databricksPool(workspace, instance, shared),
    [ours]: ourPool(workspace, instance, max),
  };
  for (const { pool } of Object.values(pools)) {
    // Without listeners a connection that breaks while nobody queries ends the process; ours listens itself.
    pool.on("error", () => {});
    pool.on("connect", (connected) => connected.on("error", () => {}));
  }
  return {
    pools,
    async [Symbol.asyncDispose]() {
      await Promise.all(Object.values(pools).map(({ pool }) => pool.end()));
    },
  };
}

/** What node-postgres' documentation shows: a token for each connection. */
function asyncPool(workspace: Workspace, instance: string, shared: pg.PoolConfig): ComparedPool {
  let minted = 0;
  const password = async (): Promise<string> => {
    minted += 1;
    return (await workspace.mint(instance)).token;
  };
  return { pool: new pg.Pool({ ...shared, password }), minted: () => minted };
}

/** It only speaks Autoscaling's API: its request for a credential is answered by that of database instances. */
function databricksPool(workspace: Workspace, instance: string, shared: pg.PoolConfig): ComparedPool {
  let minted = 0;
  const request = async (): Promise<object> => {
    minted += 1;
    const { token, expiration_time } = await workspace.mint(instance);
    return { token, expire_time: expiration_time };
  };
  const silent = () => {};
  const options = {
    ...shared,
    endpoint: "projects/bench/branches/main/endpoints/primary",
    workspaceClient: { apiClient: { request } },
    logger: { debug: silent, info: silent, warn: silent, error: silent },
  } as unknown as LakebasePoolConfig;
  return { pool: createDatabricksPool(options), minted: () => minted };
}

function ourPool(workspace: Workspace, instanceName: string, max: number): ComparedPool {
  const { apiUrl, token, postgresPort, caFile } = workspace;
  const pool = createLakebasePool({
    instanceName,
    env: { PGPORT: String(postgresPort), PGSSLROOTCERT: caFile },
    workspace: { host: apiUrl, token },
    poolSize: max,
    maxOverflow: 0,
    connectionTimeoutMillis,
  });
  let minted = 0;
  pool.on("token", () => {
    minted += 1;
  });
  return { pool, minted: () => minted };
}
