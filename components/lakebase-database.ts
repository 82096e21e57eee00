// An instance with its registration, its synced tables, its access and its proof in one component.
import * as pulumi from "@pulumi/pulumi";
import { checkInputs } from "../lakebase/provider/connectivity.ts";
import {
  checkCatalog,
  checkCatalogName,
  checkPrincipals,
  type LakebaseExports,
  type Problem,
} from "../lakebase/rules/index.ts";
import type { LakebasePrincipalArgs } from "./access-arguments.ts";
import { checkArguments } from "./arguments.ts";
import { ConnectivityCheck } from "./connectivity-check.ts";
import { refuseExplicitProvider } from "./explicit-provider.ts";
import { type AsOutputs, lakebaseExports } from "./exports.ts";
import { InstancePower } from "./instance-power.ts";
import { seeToInstance } from "./instances-seen-to.ts";
import { LakebaseAccess } from "./lakebase-access.ts";
import { LakebaseCatalog } from "./lakebase-catalog.ts";
import { checkKnown, LakebaseInstance, type LakebaseInstanceArgs } from "./lakebase-instance.ts";
import { lastResourcesOf } from "./last-resources.ts";
import type { RefreshScheduleArgs } from "./refresh-schedule.ts";
import { describeTable } from "./synced-table.ts";
import { checkSyncedTables, type PackedSyncedTableArgs, SyncedTables } from "./synced-tables.ts";

/** Arguments of {@link LakebaseDatabase}: those of the instance, and of what belongs to it. */
export interface LakebaseDatabaseArgs extends Omit<LakebaseInstanceArgs, "stopLast" | "needsRunning"> {
  /** PostgreSQL database that the applications use. Default `databricks_postgres`. A change registers the new one instead. */
  databaseName?: pulumi.Input<string>;
  /**
   * Catalog to register the database as in Unity Catalog. Left out or empty: none. A change replaces the
   * registration, never the data, and needs the instance running.
   */
  catalogName?: string;
  /**
   * Whether to create the database if it is missing, when it is registered. Default true. Only looked at when
   * the registration is made.
   */
  createDatabaseIfNotExists?: pulumi.Input<boolean>;
  /** Who is to have what in the database. Left out: access is managed elsewhere. Changed in place. */
  principals?: pulumi.Input<pulumi.Input<LakebasePrincipalArgs>[]>;
  /**
   * Tables of the lakehouse to keep up to date in the database, with `catalogName` as the catalog of their
   * names. Those that share a policy share pipelines. The proof includes that each can be read. Default:
   * none. A change of a table is what it is for {@link SyncedTable}: most replace the copy, and need the
   * instance running.
   */
  syncedTables?: PackedSyncedTableArgs[];
  /**
   * When pipelines of these tables run, by the pipeline's name, such as `triggered-1`. Default: never by themselves.
   * Changed in place.
   */
  refreshSchedules?: { [pipeline: string]: RefreshScheduleArgs };
  /**
   * Whether to prove after each deployment that the database can be reached. Default true. Changed in place:
   * only the check comes or goes.
   */
  verify?: boolean;
  /** Any text. Default: none. A new one proves it again. */
  verificationTrigger?: pulumi.Input<string>;
  /**
   * File with the certificate authority, relative to the program's folder. Default, also if empty: the
   * system's. Changed in place.
   */
  sslRootCert?: pulumi.Input<string>;
  /**
   * Address of the workspace that `exports` tells applications, and nothing else: the deployment itself always goes to
   * the workspace of the stack's configuration. Default: that one's, if any. Changed in place: only the output.
   */
  workspaceHost?: pulumi.Input<string>;
}

/**
 * A database that applications can use: instance, catalog, access, and the proof that it can be reached. The
 * instance is protected by default; `{ protect: false }` in the options changes that, and concerns nothing
 * else.
 *
 * A start comes before everything else, a stop after it: with `stopped: true` the instance is made and
 * registered while it runs, and stopped at last; what `principals` are to have is granted at its first start.
 * What needs it running cannot be changed while it stays stopped: the preview says so.
 *
 * @throws pulumi.RunError with every problem of the arguments, before anything is sent
 */
export class LakebaseDatabase extends pulumi.ComponentResource {
  /** Name of the instance; available once it takes connections, or is stopped. */
  readonly name: pulumi.Output<string>;
  /** The service's id of the instance. */
  readonly uid: pulumi.Output<string>;
  /** Host name for reading and writing. */
  readonly readWriteDns: pulumi.Output<string>;
  /** Host name of the readable secondaries; empty without them. */
  readonly readOnlyDns: pulumi.Output<string>;
  /** TCP port. */
  readonly port: pulumi.Output<number>;
  /** PostgreSQL database that the applications use. */
  readonly databaseName: pulumi.Output<string>;
  /** `AVAILABLE` or `STOPPED`, after everything. */
  readonly state: pulumi.Output<string>;
  // `#` keeps them out of the schema that other languages see.
  readonly #exports: AsOutputs<LakebaseExports>;

  constructor(name: string, args: LakebaseDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    // Children inherit protection, and that of a catalog would only be in the way.
    const { protect = true, ...own } = opts ?? {};
    super("lakebase:index:LakebaseDatabase", name, {}, own);
    refuseExplicitProvider(`LakebaseDatabase "${name}"`, this);
    checkArguments(`LakebaseDatabase "${name}"`, args, (known) => checkDatabase(args, known), ["name"]);
    const databaseName = args.databaseName ?? "databricks_postgres";
    const { sslRootCert = "", stopped = false } = args;
    const instance = new LakebaseInstance(
      name,
      { ...args, stopLast: true, needsRunning: needsRunning(args, databaseName) },
      { parent: this, protect },
    );
    // What needs it running is judged by its InstancePower.
    seeToInstance(args.name, true);
    const where = { instanceName: instance.name, instanceUid: instance.uid, databaseName, stopped };
    const reach = { port: instance.port, sslRootCert };
    const catalog = declareCatalog(name, args, where, this);
    // Each part after all before it: the last of them is the stop.
    const parts: pulumi.Resource[] = [];
    const add = (part: pulumi.ComponentResource | undefined) => {
      if (part !== undefined) parts.push(...lastResourcesOf(part));
    };
    add(instance);
    add(catalog);
    const next = () => ({ parent: this, dependsOn: [...parts] });
    const tables = declareTables(name, args, reach, next());
    add(tables);
    const access = declareAccess(name, args, { ...where, ...reach }, tables, next());
    add(access);
    const check = declareCheck(name, args, { ...where, ...reach }, next());
    if (check !== undefined) parts.push(check);
    const power = new InstancePower(
      `${name}-final-power`,
      { instanceName: instance.name, instanceUid: instance.uid, stopped, ...deadline(args) },
      next(),
    );
    this.name = power.instanceName;
    this.uid = instance.uid;
    this.readWriteDns = instance.readWriteDns;
    this.readOnlyDns = instance.readOnlyDns;
    this.port = instance.port;
    this.databaseName = pulumi.output(databaseName);
    this.state = power.state;
    const workspaceHost = args.workspaceHost ?? new pulumi.Config("databricks").get("host");
    this.#exports = lakebaseExports({
      instance,
      power,
      catalog,
      check,
      databaseName,
      sslRootCert,
      workspaceHost,
    });
    this.registerOutputs({
      name: this.name,
      uid: this.uid,
      readWriteDns: this.readWriteDns,
      readOnlyDns: this.readOnlyDns,
      port: this.port,
      databaseName: this.databaseName,
      state: this.state,
    });
  }

  /** What applications read, without any secret: export it from the program as `lakebase`. */
  get exports(): AsOutputs<LakebaseExports> {
    return this.#exports;
  }
}

interface Reach {
  port: pulumi.Input<number>;
  sslRootCert: pulumi.Input<string>;
}

interface Where {
  instanceName: pulumi.Input<string>;
  instanceUid: pulumi.Input<string>;
  databaseName: pulumi.Input<string>;
  stopped: pulumi.Input<boolean>;
}

function declareCatalog(
  name: string,
  { catalogName = "", createDatabaseIfNotExists = true }: LakebaseDatabaseArgs,
  { instanceName, databaseName }: Where,
  parent: pulumi.Resource,
): LakebaseCatalog | undefined {
  if (catalogName === "") return undefined;
  const args = { name: catalogName, instanceName, databaseName, createDatabaseIfNotExists };
  return new LakebaseCatalog(name, args, { parent });
}

function declareTables(
  name: string,
  { syncedTables: tables = [], refreshSchedules = {} }: LakebaseDatabaseArgs,
  reach: Reach,
  opts: pulumi.ComponentResourceOptions,
): SyncedTables | undefined {
  if (tables.length === 0 && Object.keys(refreshSchedules).length === 0) return undefined;
  return new SyncedTables(name, { tables, refreshSchedules, ...reach }, opts);
}

function declareAccess(
  name: string,
  { principals }: LakebaseDatabaseArgs,
  where: Where & Reach,
  tables: SyncedTables | undefined,
  opts: pulumi.ComponentResourceOptions,
): LakebaseAccess | undefined {
  if (principals === undefined) return undefined;
  // A table that was made anew has lost its grants.
  const trigger = tables === undefined ? {} : { trigger: tables.settledAt };
  return new LakebaseAccess(name, { ...where, principals, ...trigger }, opts);
}

function declareCheck(
  name: string,
  {
    verify = true,
    capacity = "CU_1",
    verificationTrigger: trigger,
    syncedTables = [],
    ...args
  }: LakebaseDatabaseArgs,
  where: Where & Reach,
  opts: pulumi.CustomResourceOptions,
): ConnectivityCheck | undefined {
  if (!verify) return undefined;
  const tables =
    syncedTables.length === 0 ? {} : { tables: syncedTables.map((table) => ({ name: table.name })) };
  const own = { capacity, ...(trigger === undefined ? {} : { trigger }), ...tables, ...deadline(args) };
  return new ConnectivityCheck(name, { ...where, ...own }, opts);
}

function deadline({ deadlineSeconds }: LakebaseDatabaseArgs) {
  return deadlineSeconds === undefined ? {} : { deadlineSeconds };
}

/** Every problem of all parts at once; each part judges what only becomes known later. */
function checkDatabase(args: LakebaseDatabaseArgs, known: Record<string, unknown>): Problem[] {
  const { databaseName, catalogName = "", createDatabaseIfNotExists, principals } = known;
  const { syncedTables, refreshSchedules } = known as Partial<LakebaseDatabaseArgs>;
  const catalog = { databaseName, createDatabaseIfNotExists };
  return [
    ...checkKnown(args, known),
    ...checkCatalog(catalog),
    ...(catalogName === "" ? [] : checkCatalogName("catalogName", catalogName)),
    ...(Array.isArray(syncedTables)
      ? checkSyncedTables("syncedTables", syncedTables, {}, refreshSchedules)
      : []),
    ...(principals === undefined ? [] : checkPrincipals("principals", principals)),
    ...checkInputs({ port: known.port, deadlineSeconds: known.deadlineSeconds }),
  ];
}

/** What the service only does on a running instance. Access judges its own changes. */
function needsRunning(
  { catalogName = "", syncedTables = [] }: LakebaseDatabaseArgs,
  databaseName: pulumi.Input<string>,
): { [what: string]: pulumi.Input<string> } {
  const tables = syncedTables.map((table) => [`synced table ${table.name}`, describeTable(table)]);
  return {
    ...(catalogName === ""
      ? {}
      : { catalog: pulumi.interpolate`"${catalogName}" of database "${databaseName}"` }),
    ...Object.fromEntries(tables),
  };
}
