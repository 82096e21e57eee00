// Tables of Unity Catalog, to look at: Delta tables of the lakehouse and synced tables. /api/2.1/unity-catalog/tables
import { Hono } from "hono";
import { columnsOf, type DeltaTable, type SyncedTableRecord, sqlTypeName } from "../sync/index.ts";
import { type Env, pathParameter, type Workspace } from "./context.ts";
import { invalidParameter, invalidState, notImplemented } from "./errors.ts";
import { withoutUndefined } from "./instance-record.ts";
import { pageOf } from "./paging.ts";
import { noTable, openUnityCatalogObjects } from "./unity-catalog-objects.ts";

/** The routes of tables, relative to /api/2.1/unity-catalog; read-only. */
export function tableRoutes(workspace: Workspace, metastoreId: string): Hono<Env> {
  const { sync } = workspace;
  const objects = openUnityCatalogObjects(workspace);
  const { tables } = sync.records;

  return new Hono<Env>()
    .get("/tables", async (c) => {
      const { catalog_name, schema_name, max_results, page_token } = c.req.query();
      if (!catalog_name || !schema_name) throw invalidParameter("catalog_name and schema_name are required");
      const prefix = `${catalog_name}.${schema_name}.`;
      const delta = await Promise.all(
        (await sync.lakehouse.tables(catalog_name, schema_name)).map(async (name) =>
          viewDelta(await objects.requireTable(`${prefix}${name}`), metastoreId),
        ),
      );
      const synced = tables
        .entries()
        .flatMap(({ key, value }) => (key.startsWith(prefix) ? [viewSynced(value, metastoreId)] : []));
      const all = [...delta, ...synced].map((value, place) => ({ place, value }));
      const page = pageOf(all, { page_size: max_results, page_token });
      return c.json(withoutUndefined({ tables: page.items, next_page_token: page.nextPageToken }));
    })
    .get("/tables/:name", async (c) => {
      const name = pathParameter(c, "name");
      const synced = tables.get(name);
      if (synced) return c.json(viewSynced(synced, metastoreId));
      return c.json(await viewDelta(await objects.requireTable(name), metastoreId));
    })
    .get("/tables/:name/exists", async (c) => {
      const name = pathParameter(c, "name");
      const exists = tables.get(name) !== undefined || (await sync.lakehouse.table(name)) !== undefined;
      return c.json({ table_exists: exists });
    })
    .delete("/tables/:name", async (c) => {
      const name = pathParameter(c, "name");
      if (tables.get(name)) {
        throw invalidState(
          `Table '${name}' is a synced table: DELETE /api/2.0/database/synced_tables/${name}`,
        );
      }
      if (!(await sync.lakehouse.table(name))) throw noTable(name);
      throw notImplemented("The local workspace does not delete tables of the lakehouse folder.");
    });
}

function namesOf(fullName: string): Record<string, string> {
  const [catalog_name = "", schema_name = "", name = ""] = fullName.split(".");
  return { name, catalog_name, schema_name, full_name: fullName };
}

async function viewDelta(table: DeltaTable, metastoreId: string): Promise<object> {
  const state = await table.stateAt();
  if (!state) throw invalidState(`The log of Delta table ${table.name} has gaps.`);
  const { metadata } = state;
  const columns = columnsOf(table.name, metadata).map(({ name, type, nullable }, position) =>
    withoutUndefined({
      name,
      type_text: sqlTypeName(type).toLowerCase(),
      type_name: sqlTypeName(type).replace(/[(<].*/, ""),
      type_precision: type.kind === "decimal" ? type.precision : undefined,
      type_scale: type.kind === "decimal" ? type.scale : undefined,
      position,
      nullable,
      partition_index: metadata.partitionColumns.includes(name)
        ? metadata.partitionColumns.indexOf(name)
        : undefined,
    }),
  );
  return {
    ...namesOf(table.name),
    table_type: "EXTERNAL",
    data_source_format: "DELTA",
    columns,
    properties: { ...metadata.configuration, "delta.lastUpdateVersion": String(state.version) },
    storage_location: `file://${table.dir}`,
    table_id: metadata.id,
    owner: "System user",
    metastore_id: metastoreId,
    securable_type: "TABLE",
  };
}

function viewSynced(record: SyncedTableRecord, metastoreId: string): object {
  return {
    ...namesOf(record.name),
    table_type: "FOREIGN",
    data_source_format: "POSTGRESQL_FORMAT",
    properties: { source_table: record.spec.source_table_full_name, pipeline_id: record.pipelineId },
    table_id: record.uid,
    owner: record.creator,
    created_by: record.creator,
    created_at: record.createdAt,
    metastore_id: metastoreId,
    securable_type: "TABLE",
    pipeline_id: record.pipelineId,
  };
}
