// Unity Catalog's catalogs, built-in, registered, created or in the lakehouse folder: /api/2.1/unity-catalog/catalogs
import { Hono } from "hono";
import { builtInCatalogs, type CatalogRecord, openCatalogs } from "./catalogs-table.ts";
import { type Env, pathParameter, readJson, type Workspace } from "./context.ts";
import { alreadyExists, invalidState, notImplemented } from "./errors.ts";
import { withoutUndefined } from "./instance-record.ts";
import { pageOf } from "./paging.ts";
import { anyObject, catalogName, openObject } from "./unity-catalog-fields.ts";
import { grantRoutes } from "./unity-catalog-grants.ts";
import {
  type CreatedObject,
  changedObject,
  isCatalogTaken,
  newObject,
  noCatalog,
  openUnityCatalogObjects,
} from "./unity-catalog-objects.ts";
import { schemaRoutes } from "./unity-catalog-schemas.ts";
import { tableRoutes } from "./unity-catalog-tables.ts";
import { accept, booleanParameter, type Check, oneOf, outputOnly, text } from "./validation.ts";

const settings: Readonly<Record<string, Check>> = {
  comment: text(),
  properties: anyObject,
  options: anyObject,
  storage_root: text(),
  isolation_mode: oneOf(["OPEN", "ISOLATED"]),
  owner: text(),
};
const fields: Readonly<Record<string, Check>> = { name: catalogName, ...settings };

/** The routes of Unity Catalog, relative to /api/2.1/unity-catalog. */
export function unityCatalogRoutes(workspace: Workspace): Hono<Env> {
  const { store, directory, clock } = workspace;
  const registered = openCatalogs(store);
  const objects = openUnityCatalogObjects(workspace);
  const metastoreId = metastoreOf(directory.workspaceId);

  /** The catalog as the API shows it, or undefined. */
  async function find(name: string): Promise<object | undefined> {
    const record = registered.get(name);
    if (record) return viewRegistered(record, metastoreId);
    const created = objects.catalogs.get(name);
    if (created) return viewCreated(created, metastoreId);
    const known = builtInCatalogs.includes(name) || (await objects.standardCatalogs()).includes(name);
    return known ? viewBuiltIn(name, metastoreId) : undefined;
  }
  const requireCreated = (name: string): CreatedObject => {
    const created = objects.catalogs.get(name);
    if (created) return created;
    if (builtInCatalogs.includes(name)) throw invalidState(`Catalog '${name}' belongs to the workspace.`);
    throw noCatalog(name);
  };

  return new Hono<Env>()
    .get("/catalogs", async (c) => {
      const names = new Set([
        ...builtInCatalogs,
        ...(await objects.standardCatalogs()),
        ...registered.entries().map(({ key }) => key),
      ]);
      const all = await Promise.all(
        [...names].map(async (name, place) => ({ place, value: await find(name) })),
      );
      const { max_results, page_token } = c.req.query();
      const page = pageOf(all, { page_size: max_results, page_token });
      return c.json(withoutUndefined({ catalogs: page.items, next_page_token: page.nextPageToken }));
    })
    .get("/catalogs/:name", async (c) => {
      const found = await find(pathParameter(c, "name"));
      if (!found) throw noCatalog(pathParameter(c, "name"));
      return c.json(found);
    })
    .post("/catalogs", async (c) => {
      const { name, ...given } = accept<{ name: string }>(await readJson(c), openObject(fields, ["name"]));
      if (await isCatalogTaken(workspace, name)) throw alreadyExists(`Catalog '${name}' already exists`);
      const created = newObject(name, given, c.get("identity"), clock.now());
      store.transaction(() => {
        objects.catalogs.put(name, created);
        // Every new catalog has it; the official plugin deletes it first of all.
        const schema = `${name}.default`;
        objects.schemas.put(schema, newObject(schema, {}, c.get("identity"), clock.now()));
      });
      return c.json(viewCreated(created, metastoreId));
    })
    .patch("/catalogs/:name", async (c) => {
      const created = requireCreated(pathParameter(c, "name"));
      const { new_name, ...given } = accept<{ new_name?: string }>(
        await readJson(c),
        openObject({ ...settings, new_name: catalogName, name: outputOnly }),
      );
      if (new_name !== undefined && new_name !== created.name) {
        throw notImplemented(
          "Renaming a catalog is not implemented in the local workspace; create another one.",
        );
      }
      const changed = changedObject(created, given, clock.now());
      objects.catalogs.put(created.name, changed);
      return c.json(viewCreated(changed, metastoreId));
    })
    .delete("/catalogs/:name", async (c) => {
      const { name } = requireCreated(pathParameter(c, "name"));
      const force = booleanParameter("force", c.req.query("force")) ?? false;
      const schemas = (await objects.schemasOf(name)).filter((schema) => schema !== "default");
      const tables = workspace.sync.records.tables.entries().filter(({ key }) => key.startsWith(`${name}.`));
      if (tables.length > 0 || (schemas.length > 0 && !force)) {
        throw invalidState(
          `Catalog '${name}' is not empty. It has ${[...schemas, ...tables.map((t) => t.key)].join(", ")}.`,
        );
      }
      store.transaction(() => {
        objects.catalogs.delete(name);
        for (const { key } of objects.schemas.entries())
          if (key.startsWith(`${name}.`)) objects.schemas.delete(key);
      });
      return c.json({});
    })
    .get("/current-metastore-assignment", (c) =>
      c.json({
        metastore_id: metastoreId,
        workspace_id: Number(directory.workspaceId),
        default_catalog_name: "main",
      }),
    )
    .route("/", schemaRoutes(workspace, metastoreId))
    .route("/", tableRoutes(workspace, metastoreId))
    .route("/", grantRoutes(workspace));
}

function viewCreated(object: CreatedObject, metastoreId: string): object {
  return {
    isolation_mode: "OPEN",
    ...object.settings,
    name: object.name,
    full_name: object.name,
    id: object.id,
    catalog_type: "MANAGED_CATALOG",
    owner: object.owner,
    created_by: object.owner,
    created_at: object.createdAt,
    updated_by: object.owner,
    updated_at: object.updatedAt,
    metastore_id: metastoreId,
    securable_type: "CATALOG",
  };
}

function viewBuiltIn(name: string, metastoreId: string): object {
  return {
    name,
    full_name: name,
    catalog_type: name === "main" || !builtInCatalogs.includes(name) ? "MANAGED_CATALOG" : "SYSTEM_CATALOG",
    owner: "System user",
    metastore_id: metastoreId,
    securable_type: "CATALOG",
  };
}

function viewRegistered(record: CatalogRecord, metastoreId: string): object {
  return {
    name: record.name,
    full_name: record.name,
    catalog_type: "MANAGED_ONLINE_CATALOG",
    id: record.uid,
    owner: record.owner,
    created_by: record.owner,
    created_at: record.createdAt,
    metastore_id: metastoreId,
    securable_type: "CATALOG",
    isolation_mode: "OPEN",
  };
}

/** A constant id for each workspace, in the form of a UUID. */
function metastoreOf(workspaceId: string): string {
  return `11111111-2222-4333-8444-${workspaceId.padStart(12, "0").slice(-12)}`;
}
