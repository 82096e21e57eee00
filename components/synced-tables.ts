// Many synced tables, packed into as few pipelines as the rules allow.
import * as pulumi from "@pulumi/pulumi";
import {
  checkPacking,
  checkPipelineLimits,
  checkSchedule,
  checkSyncedTable,
  checkTablesOfSource,
  defaultPipelineLimits,
  type PackedPipeline,
  type PackedTable,
  type Problem,
  packTables,
} from "../lakebase/rules/index.ts";
import { isPlain, throwProblems } from "./arguments.ts";
import { syncedTableCreationHooks } from "./existing-synced-table-hook.ts";
import { refuseExplicitProvider } from "./explicit-provider.ts";
import { setLastResources } from "./last-resources.ts";
import { type RefreshScheduleArgs, refreshJob } from "./refresh-schedule.ts";
import {
  declareSyncedTable,
  describeTable,
  type SyncedTableArgs,
  type SyncedTableResources,
} from "./synced-table.ts";
import { SyncedTablePipeline } from "./synced-table-pipeline.ts";

/** One of the tables of {@link SyncedTables}. */
export interface PackedSyncedTableArgs extends SyncedTableArgs {
  /**
   * Name of the copy, as in SyncedTable, but a plain text: it is also the key of the table in the packing. A
   * change is another table: the old copy is deleted with its rows.
   */
  name: string;
  /**
   * Policy, as in SyncedTable, but a plain text: it decides which pipelines the table can be in. Default
   * `SNAPSHOT`. Replaces.
   */
  policy?: string;
  /**
   * A name of the program's own for the table's pipeline: all tables that give it share one. Default: the table is
   * packed. Only looked at when the table is created, since moving it would copy it anew.
   */
  pipeline?: string;
}

/** Arguments of {@link SyncedTables}. */
export interface SyncedTablesArgs {
  /**
   * The tables. Their order counts only where a policy has a limit; then new ones belong at the end. A change
   * concerns only the tables that change.
   */
  tables: PackedSyncedTableArgs[];
  /**
   * How many tables a pipeline may have, by policy. Default `{ CONTINUOUS: 10 }`, the service's guidance; a
   * policy without a number has no limit. Only looked at when tables are created.
   */
  pipelineLimits?: { [policy: string]: number };
  /**
   * Schedules by the name of the pipeline: the program's own, or `snapshot-1`, `triggered-1`, … for packed
   * tables. Default: none. Changed in place.
   */
  refreshSchedules?: { [pipeline: string]: RefreshScheduleArgs };
  /**
   * `storageCatalog` of every table that gives none. Default: none. Only looked at when a table is created.
   */
  storageCatalog?: pulumi.Input<string>;
  /**
   * `storageSchema` of every table that gives none. Default: none. Only looked at when a table is created.
   */
  storageSchema?: pulumi.Input<string>;
  /** TCP port (`port`) of every table that gives none. Default 5432. Changed in place. */
  port?: pulumi.Input<number>;
  /** `sslRootCert` of every table that gives none. Default: the system's authorities. Changed in place. */
  sslRootCert?: pulumi.Input<string>;
}

/**
 * Synced tables that share pipelines. The first table of a pipeline makes it, the others join it as soon as
 * the service has given it an id. A table that exists never moves: it stays in the pipeline that it was
 * created in when others come and go, and when the pipeline's first table goes. Only a table that is replaced
 * is packed again; the first one of a pipeline then gets a pipeline of its own.
 *
 * @throws pulumi.RunError with every problem of the arguments, before anything is sent
 */
export class SyncedTables extends pulumi.ComponentResource {
  /** Three-part names of the tables, available once all are online. */
  readonly names: pulumi.Output<string[]>;
  /** Id of each pipeline, by its name. */
  readonly pipelineIds: pulumi.Output<{ [pipeline: string]: string }>;
  /** New whenever a table or an index was made anew: a trigger for what has to be done again then, such as grants. */
  readonly settledAt: pulumi.Output<string>;

  constructor(name: string, args: SyncedTablesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lakebase:index:SyncedTables", name, {}, opts);
    refuseExplicitProvider(`SyncedTables "${name}"`, this);
    const pipelines = planPipelines(name, args);
    const options = {
      parent: this,
      ...(opts?.dependsOn === undefined ? {} : { dependsOn: opts.dependsOn }),
      hooks: syncedTableCreationHooks(name, this),
    };
    const parts = pipelines.map((pipeline) => declarePipeline(name, pipeline, args, options));
    const ready = parts.flatMap((part) => part.tables.map((table) => table.ready));
    setLastResources(this, [...parts.map((part) => part.pipeline), ...ready]);
    this.names = pulumi.all(ready.map((table) => table.tableName));
    this.pipelineIds = pulumi.output(
      Object.fromEntries(parts.map((part) => [part.name, part.pipeline.pipelineId] as const)),
    );
    this.settledAt = pulumi
      .all(ready.map((table) => table.settledAt))
      .apply((times) => times.sort().at(-1) ?? "");
    this.registerOutputs({ names: this.names, pipelineIds: this.pipelineIds, settledAt: this.settledAt });
  }
}

/** Checks everything that is known, then packs. */
function planPipelines(name: string, args: SyncedTablesArgs): PackedPipeline[] {
  const { tables, pipelineLimits, refreshSchedules } = args;
  throwProblems(
    `SyncedTables "${name}"`,
    checkSyncedTables("tables", tables, pipelineLimits, refreshSchedules),
  );
  return packTables(tables.map(keyOf), { ...defaultPipelineLimits, ...pipelineLimits });
}

/**
 * Every problem of a list of tables and of what is said about their pipelines; `path` is where the list stands. What
 * they are together is only judged of what are tables.
 */
export function checkSyncedTables(
  path: string,
  tables: readonly unknown[],
  pipelineLimits: { [policy: string]: number } = {},
  refreshSchedules: { [pipeline: string]: RefreshScheduleArgs } = {},
): Problem[] {
  const problems = [
    ...checkPipelineLimits("pipelineLimits", pipelineLimits),
    ...tables.flatMap((table, at) => checkOne(`${path}[${at}]`, table)),
  ];
  if (!tables.every(isTable)) return problems;
  const limits = { ...defaultPipelineLimits, ...pipelineLimits };
  const packed = tables.map(keyOf);
  const pipelines = packTables(packed, limits);
  const together = [
    ...checkNames(packed),
    ...checkTablesOfSource(tables.map(({ source }) => source)),
    ...checkPacking(packed, limits),
  ].map((problem) => (problem.path === "tables" ? { ...problem, path } : problem));
  const schedules = Object.entries(refreshSchedules).flatMap(([pipeline, schedule]) =>
    checkRefresh(pipeline, schedule, pipelines),
  );
  return [...problems, ...together, ...schedules];
}

function isTable(table: unknown): table is PackedSyncedTableArgs {
  return isObject(table);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Those that hold no outputs: the others are judged when they are known. */
function plainMembers(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => isPlain(member)));
}

function keyOf({
  name,
  policy = "SNAPSHOT",
  pipeline,
  existingPipelineId,
}: PackedSyncedTableArgs): PackedTable {
  // One that joins a pipeline from outside is not packed with others.
  return { key: name, policy, pipeline: existingPipelineId === undefined ? pipeline : `existing-${name}` };
}

/** Only plain values: those that hold outputs are checked by the table itself. */
function checkOne(path: string, table: unknown): Problem[] {
  const allowed = "an object with name, source and primaryKey";
  if (!isTable(table))
    return [{ path, reason: "is not a table", value: table, allowed, fix: "write it as an object" }];
  const missing = ["name", "source", "primaryKey"].filter(
    (key) => table[key as keyof PackedSyncedTableArgs] === undefined,
  );
  return [
    ...missing.map((key) => ({ path: `${path}.${key}`, reason: "is missing", allowed, fix: "give a value" })),
    ...checkSyncedTable(plainMembers(table)).map((problem) => ({
      ...problem,
      path: `${path}.${problem.path}`,
    })),
  ];
}

function checkNames(tables: readonly PackedTable[]): Problem[] {
  const names = tables.map(({ key }) => key).filter((name) => name !== undefined);
  const twice = [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
  return twice.map((value) => ({
    path: "tables",
    reason: "name one synced table twice",
    value,
    allowed: "each name once",
    fix: "remove one of them",
  }));
}

function checkRefresh(
  name: string,
  schedule: RefreshScheduleArgs,
  pipelines: readonly PackedPipeline[],
): Problem[] {
  const path = `refreshSchedules.${name}`;
  const found = pipelines.find((pipeline) => pipeline.name === name);
  if (found !== undefined) {
    const missing = { path: `${path}.cron`, reason: "is missing", allowed: "a Quartz cron expression" };
    const fix = 'write it like "0 0 3 * * ?", which is three in the morning';
    if (!isObject(schedule)) return checkSchedule(schedule, found.policy, path);
    const problems = checkSchedule(plainMembers(schedule), found.policy, path);
    return schedule.cron === undefined ? [...problems, { ...missing, fix }] : problems;
  }
  const allowed = pipelines.map((pipeline) => pipeline.name).join(", ") || "none, as there are no tables";
  return [{ path, reason: "is for a pipeline that there is not", allowed, fix: "name one of the pipelines" }];
}

interface DeclaredPipeline {
  name: string;
  tables: SyncedTableResources[];
  pipeline: SyncedTablePipeline;
}

function declarePipeline(
  name: string,
  { name: pipelineName, tables: keys }: PackedPipeline,
  args: SyncedTablesArgs,
  options: pulumi.CustomResourceOptions & { parent: pulumi.Resource },
): DeclaredPipeline {
  const { parent } = options;
  const members = keys.flatMap((key) => args.tables.filter((table) => table.name === key));
  const [first, ...others] = members.map((table) => withDefaults(table, args));
  if (first === undefined) throw new Error(`pipeline ${pipelineName} has no table`);
  const declare = (table: SyncedTableArgs & { name: string }) =>
    declareSyncedTable(`${name}-${table.name}`, table, options);
  const leader = declare(first);
  // A pipeline of one table needs nobody to hold on to it, until a second one comes.
  const pipeline = new SyncedTablePipeline(
    `${name}-${pipelineName}`,
    {
      tableName: leader.table.name,
      members: Object.fromEntries([first, ...others].map((table) => [table.name, describeTable(table)])),
    },
    { parent },
  );
  const followers = others.map((table) => declare(joining(table, pipeline.pipelineId)));
  const tables = [leader, ...followers];
  const schedule = args.refreshSchedules?.[pipelineName];
  if (schedule !== undefined)
    refreshJob(
      `${name}-${pipelineName}`,
      schedule,
      tables.map(({ ready }) => ready.pipelineId),
      { parent },
    );
  return { name: pipelineName, tables, pipeline };
}

/** The settings of a new pipeline are the first table's. */
function joining(table: SyncedTableArgs & { name: string }, existingPipelineId: pulumi.Output<string>) {
  const { storageCatalog: _catalog, storageSchema: _schema, budgetPolicyId: _budget, ...own } = table;
  return { ...own, existingPipelineId };
}

function withDefaults(
  table: PackedSyncedTableArgs,
  args: SyncedTablesArgs,
): SyncedTableArgs & { name: string } {
  const { pipeline: _, ...own } = table;
  const { storageCatalog, storageSchema, port, sslRootCert } = args;
  const storage = own.existingPipelineId === undefined;
  return {
    ...(storageCatalog === undefined || !storage ? {} : { storageCatalog }),
    ...(storageSchema === undefined || !storage ? {} : { storageSchema }),
    ...(port === undefined ? {} : { port }),
    ...(sslRootCert === undefined ? {} : { sslRootCert }),
    ...own,
  };
}
