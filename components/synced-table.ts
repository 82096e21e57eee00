// A synced table: rows of a Delta table, kept up to date in PostgreSQL, declared, waited for, indexed.
import * as databricks from "@pulumi/databricks/databaseSyncedDatabaseTable.js";
import * as pulumi from "@pulumi/pulumi";
import { checkSyncedTable, type SyncedTableSpecification } from "../lakebase/rules/index.ts";
import { checkArguments, isPlain } from "./arguments.ts";
import { syncedTableCreationHooks } from "./existing-synced-table-hook.ts";
import { refuseExplicitProvider } from "./explicit-provider.ts";
import { instancesSeenTo } from "./instances-seen-to.ts";
import { type RefreshScheduleArgs, refreshJob } from "./refresh-schedule.ts";
import { type SyncedTableIndexArgs, SyncedTableReady } from "./synced-table-ready.ts";

/** Another PostgreSQL type for a column than its own. A change of any member replaces the table. */
export interface TypeOverrideArgs {
  /** Column of the source. */
  columnName: pulumi.Input<string>;
  /** `PG_SPECIFIC_TYPE_VARCHAR`, `PG_SPECIFIC_TYPE_VECTOR` or `PG_SPECIFIC_TYPE_HALFVEC`. */
  pgType: pulumi.Input<string>;
  /** Length of the text, or dimensions of the vector. */
  size: pulumi.Input<number>;
}

/**
 * Arguments of {@link SyncedTable}. The service changes none of them in place: where it says "replaces", the copy
 * is deleted with its rows and made anew from the source, during which readers find no table.
 */
export interface SyncedTableArgs {
  /**
   * Name of the copy, `catalog.schema.table`, of letters, digits and underscores. In PostgreSQL it is
   * `schema.table`. The catalog is a registered one (LakebaseCatalog), or a standard one together with
   * `instanceName` and `databaseName`. Replaces.
   */
  name: pulumi.Input<string>;
  /** Full name of the source table, which must exist. Replaces. */
  source: pulumi.Input<string>;
  /** Columns that identify a row. Rows with NULL in one are left out; two rows with one key fail the sync, unless there is a `timeseriesKey`. Replaces. */
  primaryKey: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * `SNAPSHOT` (default): the whole table at each run of its pipeline; any source. `TRIGGERED`: the changes, at each
   * run. `CONTINUOUS`: the changes as they come, seconds behind, at the cost of compute that never rests. The last
   * two need `delta.enableChangeDataFeed` on the source. Nothing runs a SNAPSHOT or TRIGGERED pipeline after the
   * first copy unless there is a `refreshSchedule`. Replaces.
   */
  policy?: pulumi.Input<string>;
  /** Column by which the latest of several rows with one key is chosen. Replaces. Default: none. */
  timeseriesKey?: pulumi.Input<string>;
  /** Columns with another PostgreSQL type than their own. Replaces. Default: none. */
  typeOverrides?: pulumi.Input<pulumi.Input<TypeOverrideArgs>[]>;
  /** Name of the instance; only for a standard catalog. Replaces. Default: that of the registered catalog. */
  instanceName?: pulumi.Input<string>;
  /** PostgreSQL database; only for a standard catalog. Replaces. Default: that of the registered catalog. */
  databaseName?: pulumi.Input<string>;
  /**
   * Standard catalog where the new pipeline keeps its own files; needed in a registered catalog. Only looked
   * at when the table is created. Default: left to the service.
   */
  storageCatalog?: pulumi.Input<string>;
  /** Schema of `storageCatalog`. Only looked at when the table is created. Default: left to the service. */
  storageSchema?: pulumi.Input<string>;
  /**
   * Budget policy that the new pipeline's costs are booked on. Only looked at when the table is created.
   * Default: left to the service.
   */
  budgetPolicyId?: pulumi.Input<string>;
  /**
   * Pipeline to join instead of making one; of the same policy. Only looked at when the table is created, so
   * that no table ever moves. Default: the table makes one.
   */
  existingPipelineId?: pulumi.Input<string>;
  /** Whether database and schema are created in PostgreSQL when they are missing. Default true. Only looked at when the table is created. */
  createDatabaseObjectsIfMissing?: pulumi.Input<boolean>;
  /** Faster first copy of a large table; the workspace must have it enabled. Default: not asked for. Only looked at when the table is created. */
  acceleratedSync?: pulumi.Input<boolean>;
  /** Indexes, made after the first copy and again after a replacement. Changed in place. Default: none. */
  indexes?: pulumi.Input<pulumi.Input<SyncedTableIndexArgs>[]>;
  /**
   * `purge` (default) removes the PostgreSQL table too when the synced table is deleted or replaced: the rows are the
   * source's. `keep` leaves it, readable and no longer updated; it has to be dropped by hand before a table of that
   * name can be created again. Changed in place.
   */
  onDelete?: pulumi.Input<string>;
  /** When the pipeline runs, for SNAPSHOT and TRIGGERED. Default: never by itself. Changed in place. */
  refreshSchedule?: RefreshScheduleArgs;
  /** Seconds to wait for the first copy. Default 1800. */
  deadlineSeconds?: pulumi.Input<number>;
  /** TCP port of the endpoint, for making indexes. Default 5432. */
  port?: pulumi.Input<number>;
  /** File with the certificate authority, for making indexes. Default: the system's authorities. */
  sslRootCert?: pulumi.Input<string>;
}

/**
 * A synced table. It counts as deployed when its first copy is complete and its indexes are made.
 *
 * @throws pulumi.RunError with every problem of the arguments, before anything is sent
 */
export class SyncedTable extends pulumi.ComponentResource {
  /** Three-part name; known before the table is online. */
  readonly name: pulumi.Output<string>;
  /** Three-part name, available once the table is online: what reads the table takes it from here. */
  readonly readyName: pulumi.Output<string>;
  /** The service's id of the pipeline that fills it. */
  readonly pipelineId: pulumi.Output<string>;
  /** State when it had settled. */
  readonly state: pulumi.Output<string>;
  /** When rows had last arrived, ISO 8601. */
  readonly lastSync: pulumi.Output<string>;
  /** New whenever the table or an index was made anew: a trigger for what has to be done again then, such as grants. */
  readonly settledAt: pulumi.Output<string>;

  constructor(name: string, args: SyncedTableArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lakebase:index:SyncedTable", name, {}, opts);
    refuseExplicitProvider(`SyncedTable "${name}"`, this);
    const { table, ready } = declareSyncedTable(name, args, {
      parent: this,
      ...(opts?.dependsOn === undefined ? {} : { dependsOn: opts.dependsOn }),
      hooks: syncedTableCreationHooks(name, this),
    });
    this.name = table.name;
    this.readyName = ready.tableName;
    this.pipelineId = ready.pipelineId;
    this.state = ready.state;
    this.lastSync = ready.lastSync;
    this.settledAt = ready.settledAt;
    this.registerOutputs({
      name: this.name,
      readyName: this.readyName,
      pipelineId: this.pipelineId,
      state: this.state,
      lastSync: this.lastSync,
      settledAt: this.settledAt,
    });
  }
}

/** The resources of one synced table. */
export interface SyncedTableResources {
  /** The table, known to the service before its rows have arrived. */
  table: databricks.DatabaseSyncedDatabaseTable;
  /** The table with its rows and indexes. */
  ready: SyncedTableReady;
}

/**
 * Declares a table without a component around it: with hundreds of tables, one more resource for each would cost every
 * deployment half as much again.
 *
 * @throws pulumi.RunError with every problem of the arguments, before anything is sent
 */
export function declareSyncedTable(
  name: string,
  args: SyncedTableArgs,
  { parent, ...options }: pulumi.CustomResourceOptions & { parent: pulumi.Resource },
): SyncedTableResources {
  const checked = checkArguments(
    `SyncedTable "${name}"`,
    args,
    (known) => checkSyncedTable(known as SyncedTableSpecification),
    ["name", "source", "primaryKey"],
  );
  const table = new databricks.DatabaseSyncedDatabaseTable(name, tableArguments(checked), {
    ...options,
    parent,
    // The service answers 501 to every change, and the provider would send it at every `up`.
    replaceOnChanges: ["name", "databaseInstanceName", "logicalDatabaseName", "spec"],
    ignoreChanges: [...creationOnly],
    // The name is taken until the old one is gone.
    deleteBeforeReplace: true,
  });
  const ready = new SyncedTableReady(`${name}-ready`, readyArguments(checked, table), { parent });
  if (args.refreshSchedule !== undefined)
    refreshJob(name, args.refreshSchedule, [ready.pipelineId], { parent });
  return { table, ready };
}

/**
 * What matters when the table is created, and never again. Where it goes is decided once: neither another order nor
 * another first table moves it. And the service does not tell all of it to one who imports the table.
 */
const creationOnly = [
  "spec.existingPipelineId",
  "spec.newPipelineSpec",
  "spec.createDatabaseObjectsIfMissing",
  "spec.acceleratedSync",
] as const;

/** The provider keeps members of `spec` that the program no longer gives, so that every default is sent. */
function tableArguments(args: SyncedTableArgs): databricks.DatabaseSyncedDatabaseTableArgs {
  const { timeseriesKey, typeOverrides, existingPipelineId, acceleratedSync } = args;
  return {
    name: args.name,
    ...(args.instanceName === undefined ? {} : { databaseInstanceName: args.instanceName }),
    ...(args.databaseName === undefined ? {} : { logicalDatabaseName: args.databaseName }),
    spec: {
      sourceTableFullName: args.source,
      primaryKeyColumns: args.primaryKey,
      schedulingPolicy: args.policy ?? "SNAPSHOT",
      createDatabaseObjectsIfMissing: args.createDatabaseObjectsIfMissing ?? true,
      ...(timeseriesKey === undefined ? {} : { timeseriesKey }),
      ...(typeOverrides === undefined ? {} : { typeOverrides }),
      ...(acceleratedSync === undefined ? {} : { acceleratedSync }),
      ...(existingPipelineId === undefined ? { newPipelineSpec: newPipeline(args) } : { existingPipelineId }),
    },
  };
}

function newPipeline({ storageCatalog, storageSchema, budgetPolicyId }: SyncedTableArgs) {
  return {
    ...(storageCatalog === undefined ? {} : { storageCatalog }),
    ...(storageSchema === undefined ? {} : { storageSchema }),
    ...(budgetPolicyId === undefined ? {} : { budgetPolicyId }),
  };
}

function readyArguments(args: SyncedTableArgs, table: databricks.DatabaseSyncedDatabaseTable) {
  const { indexes, onDelete, deadlineSeconds, port, sslRootCert, instanceName } = args;
  return {
    tableName: table.name,
    declared: describeTable(args),
    onDelete: onDelete ?? "purge",
    instancesSeenTo: instancesSeenTo(),
    ...(instanceName === undefined ? {} : { instanceName }),
    ...(indexes === undefined ? {} : { indexes }),
    ...(deadlineSeconds === undefined ? {} : { deadlineSeconds }),
    ...(port === undefined ? {} : { port }),
    ...(sslRootCert === undefined ? {} : { sslRootCert }),
  };
}

/** What a table is a copy of, in one text, so that a change of it is noticed. */
export function describeTable(args: SyncedTableArgs): pulumi.Input<string> {
  const { source, primaryKey, policy = "SNAPSHOT", timeseriesKey, typeOverrides } = args;
  const described = { source, primaryKey, policy, timeseriesKey, typeOverrides };
  // Plain ones stay texts: an output is several promises, for each table in three places.
  return isPlain(described) ? describe(described as Described) : pulumi.output(described).apply(describe);
}

interface Described {
  source: string;
  primaryKey: string[];
  policy: string;
  timeseriesKey: string | undefined;
  typeOverrides: { columnName: string; pgType: string; size: number }[] | undefined;
}

function describe({ source, primaryKey, policy, timeseriesKey, typeOverrides = [] }: Described): string {
  const latest = timeseriesKey === undefined ? "" : `, the latest by ${timeseriesKey}`;
  const types = typeOverrides.map(({ columnName, pgType, size }) => `, ${columnName} ${pgType}(${size})`);
  return `${policy} of ${source} by ${primaryKey.join(", ")}${latest}${types.join("")}`;
}
