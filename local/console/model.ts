// What the console shows, read from the parts of the workspace. Nothing here can hold a secret.
import { escapeIdentifier, escapeLiteral } from "pg";
import { computeStateOf } from "../api/apps-table.ts";
import { openCatalogs } from "../api/catalogs-table.ts";
import type { Workspace } from "../api/context.ts";
import { describeFault, type Faults } from "../api/faults.ts";
import { effectiveSettings, endpointsOf, type InstanceRecord } from "../api/instance-record.ts";
import type { LoggedRequest, RequestLog } from "../api/request-log.ts";
import type { SyncedTableRecord } from "../sync/index.ts";
import { internalSchema } from "../sync/target/internal-schema.ts";

/** What the console shows and steers. */
export interface ConsoleOptions {
  workspace: Workspace;
  requests: RequestLog;
  faults: Faults;
}

/** An instance. */
export interface InstanceView {
  name: string;
  uid: string;
  state: string;
  /** State that it is on its way to. */
  pending: string | undefined;
  capacity: string;
  nodes: number;
  retentionDays: number;
  nativeLogin: boolean;
  /** Sessions of clients; undefined while it does not run. */
  connections: number | undefined;
  readWriteDns: string;
  readOnlyDns: string | undefined;
  parent: string | undefined;
  creator: string;
  createdAt: number;
  tags: string;
}

/** A synced table. */
export interface SyncedTableView {
  name: string;
  instance: string;
  database: string;
  source: string;
  policy: string;
  state: string;
  message: string;
  /** Version of the source that was synced last, and the newest one. */
  version: number | undefined;
  sourceVersion: number | undefined;
  lastSync: number | undefined;
  /** Rows in PostgreSQL; those of a large table are estimated. */
  rows: number | undefined;
  skipped: number;
}

/** Everything on the page. */
export interface ConsoleModel {
  now: number;
  offsetSeconds: number;
  postgresPort: number;
  instances: InstanceView[];
  catalogs: { name: string; instance: string; database: string; owner: string }[];
  tables: SyncedTableView[];
  apps: { name: string; state: string; databases: string[]; principal: string; creator: string }[];
  identities: { userName: string; kind: string; displayName: string; groups: string[] }[];
  faults: { what: string; effect: string; left: number }[];
  requests: LoggedRequest[];
  /** All that the log has. */
  requestCount: number;
}

/** Requests shown. */
const newest = 100;

/** Reads it. */
export async function readModel({ workspace, requests, faults }: ConsoleOptions): Promise<ConsoleModel> {
  const { clock, instances, postgres, store, apps, identities, sync } = workspace;
  const log = requests.all();
  return {
    now: clock.now(),
    offsetSeconds: Math.round(clock.offset / 1000),
    postgresPort: postgres.port,
    instances: await Promise.all(instances.all().map((record) => viewInstance(workspace, record))),
    catalogs: openCatalogs(store)
      .entries()
      .map(({ value: { name, instanceName, databaseName, owner } }) => ({
        name,
        instance: instanceName,
        database: databaseName,
        owner,
      })),
    tables: await viewTables(
      workspace,
      sync.records.tables.entries().map(({ value }) => value),
    ),
    apps: apps.entries().map(({ value }) => ({
      name: value.name,
      state: computeStateOf(value, clock.now()),
      databases: value.resources.flatMap(({ database }) =>
        database === undefined ? [] : [`${database.instance_name}/${database.database_name}`],
      ),
      principal: value.servicePrincipal.clientId,
      creator: value.creator,
    })),
    identities: identities.all().map((identity) => ({
      userName: identity.userName,
      kind: identity.kind === "user" ? "user" : "service principal",
      displayName: identity.displayName,
      groups: identities.groupsOf(identity),
    })),
    faults: faults.all().map(({ fault, left }) => ({
      what: `${fault.method ?? "any method"} ${fault.path ?? "any path"}`,
      effect: describeFault(fault),
      left,
    })),
    requests: log.slice(-newest).reverse(),
    requestCount: log.length,
  };
}

async function viewInstance(workspace: Workspace, record: InstanceRecord): Promise<InstanceView> {
  const { name, uid, state, transition, parent, creator, creationTime, settings } = record;
  const effective = effectiveSettings(settings);
  const { readWriteDns, readOnlyDns } = endpointsOf(record);
  const rows = await askServer(workspace, uid, "postgres", countSessions);
  return {
    name,
    uid,
    state,
    pending: transition?.to,
    capacity: effective.capacity,
    nodes: effective.node_count,
    retentionDays: effective.retention_window_in_days,
    nativeLogin: effective.enable_pg_native_login,
    connections: rows === undefined ? undefined : Number(rows[0]?.count ?? 0),
    readWriteDns,
    readOnlyDns,
    parent: parent?.name,
    creator,
    createdAt: creationTime,
    tags: (settings.custom_tags ?? []).map(({ key, value }) => `${key}=${value ?? ""}`).join(", "),
  };
}

const countSessions =
  "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename <> current_user";

async function viewTables(
  workspace: Workspace,
  records: readonly SyncedTableRecord[],
): Promise<SyncedTableView[]> {
  const rows = await countRows(workspace, records);
  return await Promise.all(
    records.map(async ({ uid, name, instanceName, database, spec, ...record }) => {
      const source = await workspace.sync.lakehouse.table(spec.source_table_full_name).catch(() => undefined);
      return {
        name,
        instance: instanceName,
        database,
        source: spec.source_table_full_name,
        policy: spec.scheduling_policy,
        state: record.deleting ? "DELETING" : record.state,
        message: record.message,
        version: record.lastSync?.version,
        sourceVersion: await source?.latestVersion().catch(() => undefined),
        lastSync: record.lastSync?.endedAt,
        rows: rows.get(uid) ?? record.progress?.rows,
        skipped: record.skipped,
      };
    }),
  );
}

/** Counted up to a limit, since the page looks again and again; beyond it, what PostgreSQL's statistics say. */
async function countRows(
  workspace: Workspace,
  records: readonly SyncedTableRecord[],
): Promise<Map<string, number>> {
  const databases = new Map(records.map((record) => [`${record.instanceUid}/${record.database}`, record]));
  const counts = new Map<string, number>();
  for (const { instanceUid, database } of databases.values()) {
    const tables = (await askServer(workspace, instanceUid, database, selectTables)) ?? [];
    if (tables.length === 0) continue;
    const sql = tables.map(({ uid, name }) => countOf(String(uid), String(name))).join(" UNION ALL ");
    const counted = await askServer(workspace, instanceUid, database, sql);
    const estimates = new Map(tables.map(({ uid, estimate }) => [uid, Number(estimate)]));
    for (const { uid, rows } of counted ?? []) {
      const exact = Number(rows);
      counts.set(String(uid), exact > mostCounted ? Math.max(exact, estimates.get(uid) ?? 0) : exact);
    }
  }
  return counts;
}

/** Rows counted in each table at a look: some milliseconds. */
const mostCounted = 50_000;

const selectTables = `SELECT uid::text, relid::regclass::text AS name, pg_stat_get_live_tuples(relid) AS estimate
  FROM ${escapeIdentifier(internalSchema)}.tables JOIN pg_class ON pg_class.oid = relid`;

/** `name` is PostgreSQL's own text of the table, quoted where needed. */
function countOf(uid: string, name: string): string {
  return `SELECT ${escapeLiteral(uid)} AS uid, count(*) AS rows FROM (SELECT FROM ${name} LIMIT ${mostCounted + 1}) counted`;
}

/** Undefined where the server does not run, or the database or the sync's part in it is not there yet. */
async function askServer(
  { postgres }: Workspace,
  uid: string,
  database: string,
  sql: string,
): Promise<Record<string, unknown>[] | undefined> {
  if (!postgres.isRunning(uid)) return undefined;
  try {
    return (await postgres.query(uid, database, sql)).rows;
  } catch {
    return undefined;
  }
}
