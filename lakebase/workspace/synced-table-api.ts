// The parts of the REST API about synced tables and the pipelines that fill them.
import { orNothing, unless } from "./missing.ts";
import { allPages } from "./paging.ts";
import type { RestCall } from "./transport.ts";
import { listOf, optionalText, requiredText } from "./wire.ts";

/** A synced table as the workspace describes it. */
export interface SyncedTable {
  name: string;
  /** Instance that it is in; missing until the service tells it. */
  instanceName?: string;
  /** PostgreSQL database that it is in. */
  databaseName?: string;
  /** State of the sync, such as `SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE`; unknown values are states in between. */
  state: string;
  /** State in Unity Catalog, such as `PROVISIONING`, `ACTIVE` or `FAILED`. */
  catalogState: string;
  /** What the service says about the state. */
  message: string;
  /** Pipeline that fills it; empty until the service has assigned one. */
  pipelineId: string;
  /** When rows last arrived, in ISO 8601; empty before. */
  lastSync: string;
  /** Version of the source that was last synced; undefined before. */
  lastVersion?: number;
  /** How much of the present copy has arrived, where the service tells it. */
  progress?: { rows?: number; total?: number };
  /** What it was declared with, where the service tells it. */
  spec?: SyncedTableSpec;
}

/** What a synced table was declared with, as far as the service tells it. */
export interface SyncedTableSpec {
  source?: string;
  primaryKey?: string[];
  policy?: string;
  timeseriesKey?: string;
  typeOverrides?: { columnName: string; pgType: string; size?: number }[];
  /** Where its pipeline keeps its own files. */
  storageCatalog?: string;
  storageSchema?: string;
  budgetPolicyId?: string;
}

/** A run of a pipeline. */
export interface PipelineUpdate {
  id: string;
  /** Such as `QUEUED`, `RUNNING`, `COMPLETED`, `FAILED` or `CANCELED`. */
  state: string;
}

interface Options {
  signal?: AbortSignal | undefined;
}

/** Asks about synced tables and pipelines, and changes them. */
export interface SyncedTableApi {
  get(name: string, options?: Options): Promise<SyncedTable>;
  /** Every synced table of an instance. */
  list(instanceName: string, options?: Options): Promise<SyncedTable[]>;
  /** Deletes it; with `purge` its PostgreSQL table as well. */
  delete(name: string, choice: { purge: boolean }, options?: Options): Promise<void>;
  /** Whether the pipeline exists. */
  hasPipeline(id: string, options?: Options): Promise<boolean>;
  /** What the pipeline says about its last run; empty when it says nothing. */
  pipelineCause(id: string, options?: Options): Promise<string>;
  /** Runs the pipeline once; undefined when it is running already. */
  startPipeline(id: string, options?: Options): Promise<PipelineUpdate | undefined>;
  getPipelineUpdate(id: string, updateId: string, options?: Options): Promise<PipelineUpdate>;
}

type Call = (request: RestCall) => Promise<unknown>;

/** Builds the calls on top of the workspace's transport. */
export function syncedTableApi(call: Call, segment: (what: string, value: string) => string): SyncedTableApi {
  const tablePath = (name: string) => `/api/2.0/database/synced_tables/${segment("name", name)}`;
  const pipelinePath = (id: string) => `/api/2.0/pipelines/${segment("pipeline", id)}`;
  const get = (path: string, { signal }: Options = {}) => call({ method: "GET", path, signal });
  return {
    get: async (name, options) => readSyncedTable(await get(tablePath(name), options)),
    async list(instanceName, { signal } = {}) {
      const path = `/api/2.0/database/instances/${segment("instance", instanceName)}/synced_tables`;
      const tables = await allPages(
        (token) => call({ method: "GET", path, query: { page_size: "100", ...token }, signal }),
        "synced_tables",
      );
      return tables.map(readSyncedTable);
    },
    async delete(name, { purge }, { signal } = {}) {
      const query = { purge_data: String(purge) };
      await call({ method: "DELETE", path: tablePath(name), query, signal });
    },
    async hasPipeline(id, options) {
      const found = await orNothing(get(pipelinePath(id), options));
      return found !== undefined;
    },
    async pipelineCause(id, options) {
      return optionalText(await get(pipelinePath(id), options), "cause") ?? "";
    },
    async startPipeline(id, { signal } = {}) {
      const path = `${pipelinePath(id)}/updates`;
      const started = await unless(409, call({ method: "POST", path, body: {}, signal }));
      if (started === undefined) return undefined;
      return { id: requiredText(started, "update_id", "a started pipeline"), state: "QUEUED" };
    },
    async getPipelineUpdate(id, updateId, options) {
      const answer = await get(`${pipelinePath(id)}/updates/${segment("update", updateId)}`, options);
      const update = memberOf(answer, "update");
      return { id: updateId, state: optionalText(update, "state") ?? "" };
    },
  };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Reads a synced table; what differs between policies is looked for in each one's part of the status. */
export function readSyncedTable(value: unknown): SyncedTable {
  const status = memberOf(value, "data_synchronization_status");
  const lastSync = memberOf(status, "last_sync");
  const version = memberOf(memberOf(lastSync, "delta_table_sync_info"), "delta_commit_version");
  const instanceName = optionalText(value, "effective_database_instance_name");
  const databaseName = optionalText(value, "effective_logical_database_name");
  const progress = readProgress(status);
  const spec = readSpec(memberOf(value, "spec"));
  return {
    name: requiredText(value, "name", "a synced table"),
    ...(instanceName === undefined ? {} : { instanceName }),
    ...(databaseName === undefined ? {} : { databaseName }),
    state: optionalText(status, "detailed_state") ?? "",
    catalogState: optionalText(value, "unity_catalog_provisioning_state") ?? "",
    message: optionalText(status, "message") ?? "",
    pipelineId: optionalText(status, "pipeline_id") ?? "",
    lastSync: optionalText(lastSync, "sync_end_timestamp") ?? "",
    ...(typeof version === "number" ? { lastVersion: version } : {}),
    ...(progress === undefined ? {} : { progress }),
    ...(spec === undefined ? {} : { spec }),
  };
}

function readSpec(spec: unknown): SyncedTable["spec"] {
  if (typeof spec !== "object" || spec === null) return undefined;
  const pipeline = memberOf(spec, "new_pipeline_spec");
  const texts = {
    source: optionalText(spec, "source_table_full_name"),
    policy: optionalText(spec, "scheduling_policy"),
    timeseriesKey: optionalText(spec, "timeseries_key"),
    storageCatalog: optionalText(pipeline, "storage_catalog"),
    storageSchema: optionalText(pipeline, "storage_schema"),
    budgetPolicyId: optionalText(pipeline, "budget_policy_id"),
  };
  const key = listOf(spec, "primary_key_columns").filter((column) => typeof column === "string");
  const overrides = listOf(spec, "type_overrides").map(readOverride);
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined && text !== "")),
    ...(key.length === 0 ? {} : { primaryKey: key }),
    ...(overrides.length === 0 ? {} : { typeOverrides: overrides }),
  };
}

function readOverride(override: unknown): { columnName: string; pgType: string; size?: number } {
  const size = memberOf(override, "size");
  return {
    columnName: requiredText(override, "column_name", "a type override"),
    pgType: requiredText(override, "pg_type", "a type override"),
    ...(typeof size === "number" ? { size } : {}),
  };
}

const progressPlaces = [
  ["provisioning_status", "initial_pipeline_sync_progress"],
  ["continuous_update_status", "initial_pipeline_sync_progress"],
  ["triggered_update_status", "triggered_update_progress"],
] as const;

function readProgress(status: unknown): SyncedTable["progress"] {
  const found = progressPlaces
    .map(([outer, inner]) => memberOf(memberOf(status, outer), inner))
    .find((progress) => progress !== undefined);
  if (found === undefined) return undefined;
  const rows = memberOf(found, "synced_row_count");
  const total = memberOf(found, "total_row_count");
  return {
    ...(typeof rows === "number" ? { rows } : {}),
    ...(typeof total === "number" ? { total } : {}),
  };
}
