// A local workspace with an instance on it, and the environments that an example may find itself in.
import { createLakebasePool, type LakebaseExports, type LakebasePool } from "../../../client/index.ts";
import type { LocalWorkspaceOptions } from "../../../local/workspace.ts";
import { startRealWorkspace, type TestWorkspace } from "../../local/support/workspace.ts";

/** Environment variables of a process. */
export type Environment = Record<string, string>;

/** A workspace with the instance `orders`. */
export interface ExampleWorkspace extends AsyncDisposable {
  api: TestWorkspace;
  host: string;
  /** What `npm run local` tells to set, and the instance's name. */
  shell: Environment;
  /** The stack's exports, the token that they do not hold, and the address of a name that few resolvers know. */
  exports: Environment;
  /** The same text, as a stack prints it. */
  exportsText: string;
  /** What the platform sets for an app that is bound to the database `shop`, once `bindApp` has run. */
  app: Environment;
  /** Makes the database `shop` and lets the app's service principal connect and create there, as a binding does. */
  bindApp(): Promise<void>;
  /** A pool of the instance's owner. */
  owner: LakebasePool;
  /** Path of a credential request. */
  readonly credentialPath: string;
  /** How many credentials the example has been given since the log was last cleared. */
  credentialRequests(): Promise<number>;
}

/** Starts one. */
export async function startExampleWorkspace(
  options: Partial<LocalWorkspaceOptions> = {},
): Promise<ExampleWorkspace> {
  const api = await startRealWorkspace(options);
  const { workspace } = api;
  const instance = await api.createInstance({ name: "orders", capacity: "CU_1" });
  const host = String(instance.read_write_dns);
  const shell = {
    PATH: process.env.PATH ?? "",
    HOME: workspace.dataDir,
    DATABRICKS_HOST: workspace.apiUrl,
    DATABRICKS_TOKEN: workspace.token,
    PGHOSTADDR: workspace.postgresHost,
    PGPORT: String(workspace.postgresPort),
    PGSSLROOTCERT: workspace.caFile,
    LAKEBASE_INSTANCE_NAME: "orders",
  };
  const exportsText = JSON.stringify(exportsOf(api, instance));
  const { PATH, HOME, PGHOSTADDR } = shell;
  const owner = createLakebasePool({
    env: shell,
    workspace: { host: workspace.apiUrl, token: workspace.token },
    // One connection from the start on: the owner asks for no credential while an example's are counted.
    poolSize: 1,
    maxOverflow: 0,
    tokens: { mode: "lazy" },
  });
  await owner.ready();
  const credentialPath = "/api/2.0/database/credentials";
  return {
    api,
    host,
    shell,
    exportsText,
    exports: { PATH, HOME, DATABRICKS_TOKEN: workspace.token, PGHOSTADDR, LAKEBASE_EXPORTS: exportsText },
    app: appEnvironment(api, host, { PATH, HOME }),
    owner,
    credentialPath,
    async bindApp() {
      const access = { service_principal_name: workspace.clientId, permission_level: "CAN_USE" };
      const granted = await api.call("PATCH", "/api/2.0/permissions/database-instances/orders", {
        access_control_list: [access],
      });
      if (granted.status !== 200)
        throw new Error(`grant answered ${granted.status}: ${granted.body.message}`);
      const role = { name: workspace.clientId, identity_type: "SERVICE_PRINCIPAL" };
      const made = await api.call("POST", "/api/2.0/database/instances/orders/roles", role);
      if (made.status !== 200) throw new Error(`role answered ${made.status}: ${made.body.message}`);
      await owner.query("CREATE DATABASE shop");
      await owner.query(`GRANT CONNECT, CREATE ON DATABASE shop TO "${workspace.clientId}"`);
    },
    async credentialRequests() {
      const { body } = await api.call("GET", "/local/requests");
      const requests = body.requests as { path: string; status: number }[];
      return requests.filter(({ path, status }) => path === credentialPath && status === 200).length;
    },
    async [Symbol.asyncDispose]() {
      await owner.end();
      await api[Symbol.asyncDispose]();
    },
  };
}

function exportsOf({ workspace }: TestWorkspace, instance: Record<string, unknown>): LakebaseExports {
  return {
    schemaVersion: 1,
    instance: {
      name: "orders",
      uid: String(instance.uid),
      capacity: "CU_1",
      state: "AVAILABLE",
      stopped: false,
    },
    endpoint: {
      readWriteDns: String(instance.read_write_dns),
      port: workspace.postgresPort,
      sslMode: "verify-full",
      sslRootCert: workspace.caFile,
    },
    database: { name: "databricks_postgres" },
    workspace: { host: workspace.apiUrl },
  };
}

function appEnvironment({ workspace }: TestWorkspace, host: string, base: Environment): Environment {
  return {
    ...base,
    DATABRICKS_HOST: workspace.apiUrl,
    DATABRICKS_CLIENT_ID: workspace.clientId,
    DATABRICKS_CLIENT_SECRET: workspace.clientSecret,
    PGHOST: host,
    PGDATABASE: "shop",
    PGUSER: workspace.clientId,
    PGPORT: String(workspace.postgresPort),
    PGSSLMODE: "require",
    PGAPPNAME: "shop",
    LAKEBASE_INSTANCE_NAME: "orders",
    LAKEBASE_DATABASE_NAME: "shop",
    // The only two that the service does not need.
    PGHOSTADDR: workspace.postgresHost,
    PGSSLROOTCERT: workspace.caFile,
  };
}
