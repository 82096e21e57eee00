// Schemas of Unity Catalog: /api/2.1/unity-catalog/schemas
import { Hono } from "hono";
import { openCatalogs } from "./catalogs-table.ts";
import { type Env, pathParameter, readJson, type Workspace } from "./context.ts";
import { alreadyExists, invalidParameter, invalidState, permissionDenied } from "./errors.ts";
import { withoutUndefined } from "./instance-record.ts";
import { pageOf } from "./paging.ts";
import { anyObject, catalogName, openObject } from "./unity-catalog-fields.ts";
import {
  type CreatedObject,
  changedObject,
  newObject,
  noCatalog,
  noSchema,
  openUnityCatalogObjects,
} from "./unity-catalog-objects.ts";
import { accept, booleanParameter, text } from "./validation.ts";

const settings = { comment: text(), properties: anyObject, owner: text(), storage_root: text() };

/** The routes of schemas, relative to /api/2.1/unity-catalog. */
export function schemaRoutes(workspace: Workspace, metastoreId: string): Hono<Env> {
  const { store, clock, instances, postgres, sync } = workspace;
  const objects = openUnityCatalogObjects(workspace);
  const registered = openCatalogs(store);

  /** Of a registered catalog: the schemas of its database, while that runs. */
  async function namesOf(catalog: string): Promise<string[]> {
    const record = registered.get(catalog);
    if (!record) {
      await objects.requireStandardCatalog(catalog);
      return objects.schemasOf(catalog);
    }
    const instance = instances.find(record.instanceName);
    if (!instance || !postgres.isRunning(instance.uid)) return [];
    const sql =
      "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|databricks_sync$)' ORDER BY nspname";
    const { rows } = await postgres.query(instance.uid, record.databaseName, sql);
    return rows.map((row) => String(row.nspname));
  }
  const view = (fullName: string, created: CreatedObject | undefined): object => {
    const [catalog = "", ...name] = fullName.split(".");
    return withoutUndefined({
      ...created?.settings,
      name: name.join("."),
      catalog_name: catalog,
      full_name: fullName,
      schema_id: created?.id,
      owner: created?.owner ?? "System user",
      created_at: created?.createdAt,
      created_by: created?.owner,
      updated_at: created?.updatedAt,
      metastore_id: metastoreId,
      securable_type: "SCHEMA",
      catalog_type: registered.get(catalog) ? "MANAGED_ONLINE_CATALOG" : "MANAGED_CATALOG",
    });
  };
  const requireSchema = async (fullName: string): Promise<void> => {
    const [catalog = "", ...name] = fullName.split(".");
    if (!(await namesOf(catalog)).includes(name.join("."))) throw noSchema(fullName);
  };
  const requireCreated = async (fullName: string): Promise<CreatedObject> => {
    await requireSchema(fullName);
    const created = objects.schemas.get(fullName);
    if (created) return created;
    throw invalidState(`Schema '${fullName}' was not created through the API and stays as it is.`);
  };

  return new Hono<Env>()
    .get("/schemas", async (c) => {
      const { catalog_name, max_results, page_token } = c.req.query();
      if (!catalog_name) throw invalidParameter("catalog_name is required");
      const names = await namesOf(catalog_name);
      const all = names.map((name, place) => {
        const fullName = `${catalog_name}.${name}`;
        return { place, value: view(fullName, objects.schemas.get(fullName)) };
      });
      const page = pageOf(all, { page_size: max_results, page_token });
      return c.json(withoutUndefined({ schemas: page.items, next_page_token: page.nextPageToken }));
    })
    .post("/schemas", async (c) => {
      const fields = { name: catalogName, catalog_name: text(), ...settings };
      const { name, catalog_name, ...given } = accept<{ name: string; catalog_name: string }>(
        await readJson(c),
        openObject(fields, ["name", "catalog_name"]),
      );
      if (registered.get(catalog_name)) {
        throw permissionDenied(
          `Catalog '${catalog_name}' is a database catalog, and read-only in Unity Catalog.`,
        );
      }
      const fullName = `${catalog_name}.${name}`;
      if ((await namesOf(catalog_name)).includes(name))
        throw alreadyExists(`Schema '${fullName}' already exists`);
      const created = newObject(fullName, given, c.get("identity"), clock.now());
      objects.schemas.put(fullName, created);
      return c.json(view(fullName, created));
    })
    .get("/schemas/:name", async (c) => {
      const fullName = pathParameter(c, "name");
      if (!fullName.includes(".")) throw noCatalog(fullName);
      await requireSchema(fullName);
      return c.json(view(fullName, objects.schemas.get(fullName)));
    })
    .patch("/schemas/:name", async (c) => {
      const created = await requireCreated(pathParameter(c, "name"));
      const given = accept<Record<string, unknown>>(await readJson(c), openObject(settings));
      const changed = changedObject(created, given, clock.now());
      objects.schemas.put(created.name, changed);
      return c.json(view(created.name, changed));
    })
    .delete("/schemas/:name", async (c) => {
      const { name } = await requireCreated(pathParameter(c, "name"));
      const force = booleanParameter("force", c.req.query("force")) ?? false;
      const [catalog = "", schema = ""] = name.split(".");
      const synced = sync.records.tables
        .entries()
        .flatMap(({ key }) => (key.startsWith(`${name}.`) ? [key] : []));
      const delta = await sync.lakehouse.tables(catalog, schema);
      if (synced.length > 0 || (delta.length > 0 && !force)) {
        throw invalidState(`Schema '${name}' is not empty. It has ${[...synced, ...delta].join(", ")}.`);
      }
      objects.schemas.delete(name);
      return c.json({});
    });
}
