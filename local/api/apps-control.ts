// What the platform gives to an app's process, for running one on this machine: /local/apps/{name}/environment
import { Hono } from "hono";
import type { AppRecord, AppResource } from "./apps-table.ts";
import { type Env, pathParameter, type Workspace } from "./context.ts";
import { invalidState } from "./errors.ts";
import { endpointsOf } from "./instance-record.ts";

/** The port that apps are told to listen on, unless the caller has another. */
const defaultAppPort = "8000";

/** What a process of the app gets. */
interface AppEnvironment {
  /** The variables that the platform sets. */
  environment: Record<string, string>;
  /** What a client on this machine needs besides: the authority of the certificates, and an address without DNS. */
  machine: Record<string, string>;
  /** What `valueFrom` in app.yaml stands for, by the resource's key. */
  values: Record<string, string>;
}

/** The routes relative to /local. The answer holds the app's secret. */
export function appControlRoutes(workspace: Workspace): Hono<Env> {
  return new Hono<Env>().get("/apps/:name/environment", (c) => {
    const app = workspace.apps.require(pathParameter(c, "name"));
    if (app.compute.target === "DELETED") throw invalidState(`App ${app.name} is being deleted.`);
    return c.json(environmentOf(workspace, app, new URL(c.req.url).origin));
  });
}

function environmentOf(workspace: Workspace, app: AppRecord, host: string): AppEnvironment {
  const { directory, identities, postgres } = workspace;
  const { clientId } = app.servicePrincipal;
  // Only the first database is injected, as on the service.
  const database = app.resources.find((resource) => resource.database !== undefined)?.database;
  const instance = database && workspace.instances.require(database.instance_name);
  return {
    environment: {
      DATABRICKS_APP_NAME: app.name,
      DATABRICKS_APP_PORT: defaultAppPort,
      DATABRICKS_WORKSPACE_ID: directory.workspaceId,
      DATABRICKS_HOST: host,
      DATABRICKS_CLIENT_ID: clientId,
      DATABRICKS_CLIENT_SECRET: identities.find(clientId)?.secret ?? "",
      ...(database === undefined || instance === undefined
        ? {}
        : {
            PGAPPNAME: app.name,
            PGDATABASE: database.database_name,
            PGHOST: endpointsOf(instance).readWriteDns,
            PGPORT: String(postgres.port),
            PGSSLMODE: "require",
            PGUSER: clientId,
          }),
    },
    machine: instance === undefined ? {} : { PGHOSTADDR: postgres.host, PGSSLROOTCERT: postgres.caFile },
    values: Object.fromEntries(
      app.resources.flatMap((resource) => {
        const value = valueFrom(workspace, resource);
        return value === undefined ? [] : [[resource.name, value]];
      }),
    ),
  };
}

/** The member that the service hands out for each kind; a secret's value is nowhere in a local workspace. */
const members: Readonly<Record<string, string>> = {
  app: "name",
  experiment: "experiment_id",
  genie_space: "space_id",
  job: "id",
  serving_endpoint: "name",
  sql_warehouse: "id",
  uc_securable: "securable_full_name",
};

function valueFrom({ instances }: Workspace, resource: AppResource): string | undefined {
  if (resource.database !== undefined) {
    return endpointsOf(instances.require(resource.database.instance_name)).readWriteDns;
  }
  for (const [kind, member] of Object.entries(members)) {
    const given = resource[kind];
    if (typeof given !== "object" || given === null) continue;
    const value = (given as Record<string, unknown>)[member];
    return typeof value === "string" ? value : undefined;
  }
  return undefined;
}
