// Synced tables: /api/2.0/database/synced_tables
import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import {
  columnsOf,
  type PipelineRecord,
  SyncError,
  type SyncedTableRecord,
  targetColumns,
} from "../sync/index.ts";
import { openCatalogs } from "./catalogs-table.ts";
import { type Env, pathParameter, readJson, type Workspace } from "./context.ts";
import {
  alreadyExists,
  invalidParameter,
  invalidState,
  notFound,
  notImplemented,
  permissionDenied,
  quotaExceeded,
} from "./errors.ts";
import { type InstanceRecord, withoutUndefined } from "./instance-record.ts";
import { requireAtRest } from "./instances.ts";
import { pageOf } from "./paging.ts";
import { readSyncedTableRequest, type SyncedTableRequest } from "./synced-table-requests.ts";
import { viewSyncedTable } from "./synced-table-view.ts";
import { openUnityCatalogObjects, type UnityCatalogObjects } from "./unity-catalog-objects.ts";
import { booleanParameter } from "./validation.ts";

/** Synced tables that one source table may have. */
export const maximumTablesOfSource = 20;

/** The routes of synced tables, relative to /api/2.0/database. */
export function syncedTableRoutes(workspace: Workspace): Hono<Env> {
  const { sync } = workspace;
  const { tables } = sync.records;
  const requireTable = (name: string): SyncedTableRecord => {
    const record = tables.get(name);
    if (!record) throw notFound(`Synced database table '${name}' not found.`);
    return record;
  };

  return new Hono<Env>()
    .post("/synced_tables", async (c) => {
      const request = readSyncedTableRequest(await readJson(c));
      const record = await createSyncedTable(workspace, request, c.get("identity").userName);
      return c.json(viewSyncedTable(workspace, record));
    })
    .get("/synced_tables/:name", (c) =>
      c.json(viewSyncedTable(workspace, requireTable(pathParameter(c, "name")))),
    )
    .get("/instances/:instance/synced_tables", (c) => {
      const { uid } = workspace.instances.require(pathParameter(c, "instance"));
      const { page_size, page_token } = c.req.query();
      const ofInstance = tables.entries().filter(({ value }) => value.instanceUid === uid);
      const page = pageOf(ofInstance, { page_size, page_token });
      const synced_tables = page.items.map((record) => viewSyncedTable(workspace, record));
      return c.json(withoutUndefined({ synced_tables, next_page_token: page.nextPageToken }));
    })
    .patch("/synced_tables/:name", () => {
      throw notImplemented("Update Synced Database Table is not yet implemented.");
    })
    .delete("/synced_tables/:name", async (c) => {
      const record = requireTable(pathParameter(c, "name"));
      const { admin, userName } = c.get("identity");
      if (!admin && record.creator !== userName) {
        throw permissionDenied(`User '${userName}' is not the owner of synced table '${record.name}'.`);
      }
      const purge = booleanParameter("purge_data", c.req.query("purge_data")) ?? false;
      await deleteSyncedTable(workspace, record, purge);
      return c.json({});
    });
}

async function createSyncedTable(
  workspace: Workspace,
  request: SyncedTableRequest,
  creator: string,
): Promise<SyncedTableRecord> {
  const { sync, clock } = workspace;
  const objects = openUnityCatalogObjects(workspace);
  const place = await placeOf(workspace, objects, request);
  requireAtRest(place.instance, ["AVAILABLE"]);
  await requireSource(objects, request);
  await requireFreeName(workspace, request, place);
  // No await from here on: two requests cannot both pass the checks.
  const { records } = sync;
  if (records.tables.get(request.name)) throw alreadyExists(`Table '${request.name}' already exists.`);
  requireRoom(workspace, request.spec.source_table_full_name);
  const pipeline = pipelineOf(workspace, request, place.instance, creator);
  const record: SyncedTableRecord = {
    uid: randomUUID(),
    name: request.name,
    instanceUid: place.instance.uid,
    instanceName: place.instance.name,
    database: place.database,
    creator,
    createdAt: clock.now(),
    spec: request.spec,
    pipelineId: pipeline.id,
    state: "SYNCED_TABLE_PROVISIONING",
    message: "Provisioning the pipeline.",
    skipped: 0,
  };
  sync.create(record, request.spec.existing_pipeline_id === undefined ? pipeline : undefined);
  return record;
}

interface Place {
  instance: InstanceRecord;
  database: string;
}

/** The instance and database: of the registered catalog, or as given in a standard one. */
async function placeOf(
  workspace: Workspace,
  objects: UnityCatalogObjects,
  { name, database_instance_name, logical_database_name, spec }: SyncedTableRequest,
): Promise<Place> {
  const [catalog = "", schema = ""] = name.split(".");
  const storage = spec.new_pipeline_spec;
  const registered = openCatalogs(workspace.store).get(catalog);
  if (storage?.storage_catalog !== undefined) {
    await objects.requireStandardCatalog(storage.storage_catalog);
    if (storage.storage_schema !== undefined) {
      await objects.requireSchema(storage.storage_catalog, storage.storage_schema);
    }
  }
  if (!registered) {
    await objects.requireStandardCatalog(catalog);
    await objects.requireSchema(catalog, schema);
    const missing = [
      ...(database_instance_name === undefined ? ["database_instance_name"] : []),
      ...(logical_database_name === undefined ? ["logical_database_name"] : []),
    ];
    if (missing.length > 0 || database_instance_name === undefined || logical_database_name === undefined) {
      throw invalidParameter(
        `${missing.join(" and ")} must be set for a synced table in the standard catalog '${catalog}'`,
      );
    }
    return { instance: workspace.instances.require(database_instance_name), database: logical_database_name };
  }
  const wrong = [
    mismatch("database_instance_name", database_instance_name, registered.instanceName),
    mismatch("logical_database_name", logical_database_name, registered.databaseName),
  ].flat();
  if (spec.existing_pipeline_id === undefined && !(storage?.storage_catalog && storage.storage_schema)) {
    wrong.push(
      `spec.new_pipeline_spec.storage_catalog and storage_schema must name a standard catalog's schema, as '${catalog}' is a database catalog`,
    );
  }
  if (wrong.length > 0) throw invalidParameter(wrong.join("; "));
  return {
    instance: workspace.instances.require(registered.instanceName),
    database: registered.databaseName,
  };
}

function mismatch(field: string, given: string | undefined, registered: string): string[] {
  if (given === undefined || given === registered) return [];
  return [`${field} '${given}' does not match the registered catalog's, '${registered}'; leave it out`];
}

/** The source exists, has the keys, only supported types, and a change data feed where changes are followed. */
async function requireSource(objects: UnityCatalogObjects, { spec }: SyncedTableRequest): Promise<void> {
  const source = spec.source_table_full_name;
  const table = await objects.requireTable(source);
  try {
    const state = await table.stateAt();
    if (!state) throw new SyncError(`the log of Delta table ${source} has gaps`);
    const columns = columnsOf(source, state.metadata);
    const named = [...spec.primary_key_columns, ...(spec.timeseries_key ? [spec.timeseries_key] : [])];
    const missing = named.filter((name) => !columns.some((column) => column.name === name));
    if (missing.length > 0) {
      throw new SyncError(
        `source table '${source}' has no column ${missing.join(", ")}; it has ${columns.map((c) => c.name).join(", ")}`,
      );
    }
    targetColumns(columns, spec.type_overrides);
    const feed = state.metadata.configuration["delta.enableChangeDataFeed"];
    if (spec.scheduling_policy !== "SNAPSHOT" && feed?.toLowerCase() !== "true") {
      throw new SyncError(
        `source table '${source}' must have its change data feed on for ${spec.scheduling_policy}: ` +
          `ALTER TABLE ${source} SET TBLPROPERTIES (delta.enableChangeDataFeed = true), or use SNAPSHOT`,
      );
    }
  } catch (error) {
    throw error instanceof SyncError ? invalidParameter(error.message) : error;
  }
}

/** Neither Unity Catalog nor the database may have a table of the name. */
async function requireFreeName(
  { sync, postgres }: Workspace,
  request: SyncedTableRequest,
  place: Place,
): Promise<void> {
  const { name, spec } = request;
  if (await sync.lakehouse.table(name)) throw alreadyExists(`Table '${name}' already exists.`);
  const { instance, database } = place;
  const [, schema, table] = name.split(".");
  const exists = async (inDatabase: string, sql: string, params: unknown[]): Promise<boolean> =>
    (await postgres.query(instance.uid, inDatabase, sql, params)).rows.length > 0;
  const fix = "Create it first, or set spec.create_database_objects_if_missing to true.";
  if (!(await exists("postgres", "SELECT 1 FROM pg_database WHERE datname = $1", [database]))) {
    if (spec.create_database_objects_if_missing) return;
    throw notFound(`Database '${database}' does not exist in database instance '${instance.name}'. ${fix}`);
  }
  if (!(await exists(database, "SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema]))) {
    if (spec.create_database_objects_if_missing) return;
    throw notFound(`Schema '${schema}' does not exist in database '${database}'. ${fix}`);
  }
  const taken =
    "SELECT 1 FROM pg_class WHERE relname = $2 AND relnamespace = to_regnamespace(quote_ident($1))";
  if (await exists(database, taken, [schema, table])) {
    throw alreadyExists(
      `Table '${schema}.${table}' already exists in database '${database}' of database instance '${instance.name}', ` +
        "perhaps left behind by a synced table that was deleted without purge_data=true. Drop it first.",
    );
  }
}

function requireRoom({ sync }: Workspace, source: string): void {
  const present = sync.records.tables
    .entries()
    .filter(({ value }) => value.spec.source_table_full_name === source);
  if (present.length < maximumTablesOfSource) return;
  throw quotaExceeded(
    `Cannot create more than ${maximumTablesOfSource} synced database table(s) per source table.`,
  );
}

/** The existing pipeline that the request names, or a new one. */
function pipelineOf(
  { sync, clock }: Workspace,
  { name, spec }: SyncedTableRequest,
  instance: InstanceRecord,
  creator: string,
): PipelineRecord {
  const { existing_pipeline_id: id, new_pipeline_spec: made = {}, scheduling_policy: policy } = spec;
  if (id === undefined) {
    return {
      id: randomUUID(),
      name: `Synced table: ${name}`,
      policy,
      creator,
      createdAt: clock.now(),
      ...(made.storage_catalog === undefined ? {} : { storageCatalog: made.storage_catalog }),
      ...(made.storage_schema === undefined ? {} : { storageSchema: made.storage_schema }),
      ...(made.budget_policy_id === undefined ? {} : { budgetPolicyId: made.budget_policy_id }),
    };
  }
  const pipeline = sync.records.pipelines.get(id);
  if (!pipeline) throw notFound(`The specified pipeline ${id} was not found.`);
  if (pipeline.policy !== policy) {
    throw invalidParameter(
      `spec.scheduling_policy ${policy} does not match that of pipeline ${id}, ${pipeline.policy}; tables of one pipeline share one policy`,
    );
  }
  // Whether one pipeline may serve several instances is not documented: refusing is the safe guess.
  const other = sync.records.tablesOf(id).find((table) => table.instanceUid !== instance.uid);
  if (other) {
    throw invalidParameter(
      `pipeline ${id} serves database instance '${other.instanceName}', not '${instance.name}'; use a new pipeline`,
    );
  }
  return pipeline;
}

async function deleteSyncedTable(
  { sync, instances }: Workspace,
  record: SyncedTableRecord,
  purge: boolean,
): Promise<void> {
  const instance = instances.byUid(record.instanceUid);
  if (purge && instance) requireAtRest(instance, ["AVAILABLE"]);
  try {
    await sync.remove(record, purge);
  } catch (error) {
    const { code, message, detail } = error as Error & { code?: string; detail?: string };
    // 2BP01: a view or another object of the user's stands on the table.
    if (code !== "2BP01") throw error;
    throw invalidState(
      `${message}${detail ? `: ${detail.replaceAll("\n", ", ")}` : ""}. Drop what depends on it first.`,
    );
  }
}
