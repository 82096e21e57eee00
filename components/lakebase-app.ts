// A Databricks app that is bound to a database: declared through the official provider, its source checked at preview.
import type { types } from "@pulumi/databricks";
import * as databricks from "@pulumi/databricks/app.js";
import * as pulumi from "@pulumi/pulumi";
import { appCheck } from "../lakebase/app-source/app-check.ts";
import { appDatabasePermission, defaultAppResourceKey } from "../lakebase/rules/index.ts";
import type { LakebaseGrantArgs } from "./access-arguments.ts";
import { checkArguments } from "./arguments.ts";
import { refuseExplicitProvider } from "./explicit-provider.ts";
import { LakebaseAccess } from "./lakebase-access.ts";

/** Arguments of {@link LakebaseApp}. */
export interface LakebaseAppArgs {
  /**
   * Name of the app: 2 to 30 lowercase letters, digits and hyphens. A change replaces the app: it gets another address
   * and another service principal, and what the old one owns in the database stays behind.
   */
  name: pulumi.Input<string>;
  /** Name of the instance; take it from the instance's output, so that it is waited for. Changed in place. */
  instanceName: pulumi.Input<string>;
  /** PostgreSQL database; it must exist. Default `databricks_postgres`. Changed in place. */
  databaseName?: pulumi.Input<string>;
  /** Key of the binding, which app.yaml may refer to. Default `database`. Changed in place. */
  resourceKey?: pulumi.Input<string>;
  /** What the app is for. Changed in place. Default: none. */
  description?: pulumi.Input<string>;
  /**
   * Folder with app.yaml and the app's code, relative to the program's folder. It is checked at preview:
   * app.yaml names the bound instance and database, and a PostgreSQL driver is listed. It is not deployed
   * from here. Left out: nothing is checked. A change only has another folder checked.
   */
  sourceFolder?: string;
  /**
   * The app's other resources, as those of `databricks.App`. The whole list is replaced at each update, so
   * everything that the app uses must be here. Sent after the database, sorted by name. Changed in place.
   * Default: none.
   */
  otherResources?: pulumi.Input<pulumi.Input<types.input.AppResource>[]>;
  /**
   * What the app's service principal may do in schemas that it has not made itself, such as
   * `[{ schema: "public", preset: "reader" }]`: the binding alone lets it connect and create schemas, nothing else.
   * Default: none. Changed in place; what is no longer here is revoked.
   */
  grants?: pulumi.Input<pulumi.Input<LakebaseGrantArgs>[]>;
  /** Synced tables that the app may read, as `catalog.schema.table`. Default: none. Changed in place. */
  syncedTables?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Whether the instance is meant to be stopped: grants wait for it, and it cannot be bound then. Default
   * false. Changed in place.
   */
  stopped?: pulumi.Input<boolean>;
  /**
   * The service's id of the instance; only used with grants. A new one is granted everything anew. Default:
   * not compared.
   */
  instanceUid?: pulumi.Input<string>;
  /**
   * TCP port that grants are made through. Default 5432, which is the service's only one. Changed in place.
   */
  port?: pulumi.Input<number>;
  /**
   * File with the certificate authority, relative to the program's folder. Default: the system's authorities.
   * Changed in place.
   */
  sslRootCert?: pulumi.Input<string>;
  /**
   * true creates the app without starting its compute, which costs nothing until it is started. Only read at
   * creation. Default false.
   */
  noCompute?: boolean;
  /** Size of the app's compute. Default: the service's. Changed in place. */
  computeSize?: pulumi.Input<string>;
  /** Scopes of the user's token that the app gets. Changed in place. Default: none. */
  userApiScopes?: pulumi.Input<pulumi.Input<string>[]>;
  /** Budget policy that the costs are booked on. Changed in place. Default: left to the service. */
  budgetPolicyId?: pulumi.Input<string>;
}

/**
 * An app with its database: the binding makes a PostgreSQL role for the app's service principal and injects
 * PGHOST, PGDATABASE, PGUSER, PGPORT, PGSSLMODE and PGAPPNAME; app.yaml adds LAKEBASE_INSTANCE_NAME and
 * LAKEBASE_DATABASE_NAME. No password is injected: the app gets a credential for each connection.
 *
 * Removing the binding gives what the app owns in the database to whoever removes it.
 *
 * @throws pulumi.RunError with every problem of the arguments, before anything is sent
 */
export class LakebaseApp extends pulumi.ComponentResource {
  /** Name of the app. */
  readonly name: pulumi.Output<string>;
  /** Address of the app. */
  readonly url: pulumi.Output<string>;
  /** Application id of the app's service principal: also the name of its PostgreSQL role. */
  readonly servicePrincipalClientId: pulumi.Output<string>;
  /** Display name of the app's service principal. */
  readonly servicePrincipalName: pulumi.Output<string>;
  /** Id of the app's service principal, for permissions that want a number. */
  readonly servicePrincipalId: pulumi.Output<number>;
  /** Name of the instance. */
  readonly instanceName: pulumi.Output<string>;
  /** PostgreSQL database. */
  readonly databaseName: pulumi.Output<string>;
  /** Key of the binding. */
  readonly resourceKey: pulumi.Output<string>;

  constructor(name: string, args: LakebaseAppArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lakebase:index:LakebaseApp", name, {}, opts);
    refuseExplicitProvider(`LakebaseApp "${name}"`, this);
    const given = {
      ...args,
      databaseName: args.databaseName ?? "databricks_postgres",
      resourceKey: args.resourceKey ?? defaultAppResourceKey,
    };
    const checked = checkArguments(`LakebaseApp "${name}"`, given, appCheck(args), ["name", "instanceName"]);
    const app = new databricks.App(name, appArguments(checked), {
      parent: this,
      // Only read at creation: the provider would send an update without effect.
      ignoreChanges: ["noCompute"],
    });
    this.name = app.name;
    this.url = app.url;
    this.servicePrincipalClientId = app.servicePrincipalClientId;
    this.servicePrincipalName = app.servicePrincipalName;
    this.servicePrincipalId = app.servicePrincipalId;
    this.instanceName = pulumi.output(checked.instanceName);
    this.databaseName = pulumi.output(checked.databaseName);
    this.resourceKey = pulumi.output(checked.resourceKey);
    declareAccess(name, checked, app, this);
    this.registerOutputs({
      name: this.name,
      url: this.url,
      servicePrincipalClientId: this.servicePrincipalClientId,
      servicePrincipalName: this.servicePrincipalName,
      servicePrincipalId: this.servicePrincipalId,
      instanceName: this.instanceName,
      databaseName: this.databaseName,
      resourceKey: this.resourceKey,
    });
  }
}

type Settings = LakebaseAppArgs & { databaseName: pulumi.Input<string>; resourceKey: pulumi.Input<string> };

function appArguments(settings: Settings): databricks.AppArgs {
  const { name, description, noCompute, computeSize, userApiScopes, budgetPolicyId } = settings;
  return {
    name,
    resources: resourcesOf(settings),
    ...(description === undefined ? {} : { description }),
    ...(noCompute === undefined ? {} : { noCompute }),
    ...(computeSize === undefined ? {} : { computeSize }),
    ...(userApiScopes === undefined ? {} : { userApiScopes }),
    ...(budgetPolicyId === undefined ? {} : { budgetPolicyId }),
  };
}

/** The whole list, in an order that does not change by itself: the service injects PG* for its first database. */
function resourcesOf({ resourceKey, instanceName, databaseName, otherResources }: Settings) {
  const own = {
    name: resourceKey,
    database: { instanceName, databaseName, permission: appDatabasePermission },
  };
  if (otherResources === undefined) return [own];
  return pulumi
    .output(otherResources)
    .apply((others) => [own, ...others.toSorted((left, right) => (left.name < right.name ? -1 : 1))]);
}

function declareAccess(
  name: string,
  settings: Settings,
  { servicePrincipalClientId }: databricks.App,
  parent: pulumi.Resource,
): void {
  const { grants, syncedTables, instanceName, databaseName, stopped, instanceUid, port, sslRootCert } =
    settings;
  if (grants === undefined && syncedTables === undefined) return;
  const principal = {
    name: servicePrincipalClientId,
    type: "SERVICE_PRINCIPAL",
    // The binding itself lets the app in; its entries in the workspace's list are the platform's.
    workspacePermission: "NONE",
    ...(grants === undefined ? {} : { grants }),
    ...(syncedTables === undefined ? {} : { syncedTables }),
  };
  new LakebaseAccess(
    name,
    {
      instanceName,
      databaseName,
      principals: [principal],
      ...(stopped === undefined ? {} : { stopped }),
      ...(instanceUid === undefined ? {} : { instanceUid }),
      ...(port === undefined ? {} : { port }),
      ...(sslRootCert === undefined ? {} : { sslRootCert }),
    },
    { parent },
  );
}
