// Unity Catalog, as far as registered database catalogs show there: /api/2.1/unity-catalog
import { Hono } from "hono";
import { builtInCatalogs, type CatalogRecord, openCatalogs } from "./catalogs-table.ts";
import { type Env, pathParameter, type Workspace } from "./context.ts";
import { ApiError } from "./errors.ts";
import { withoutUndefined } from "./instance-record.ts";
import { pageOf } from "./paging.ts";

/** The routes of Unity Catalog, relative to /api/2.1/unity-catalog; read-only. */
export function unityCatalogRoutes({ store, directory }: Workspace): Hono<Env> {
  const catalogs = openCatalogs(store);
  const metastoreId = metastoreOf(directory.workspaceId);
  const builtIn = (name: string): object => ({
    name,
    full_name: name,
    catalog_type: name === "main" ? "MANAGED_CATALOG" : "SYSTEM_CATALOG",
    owner: "System user",
    metastore_id: metastoreId,
    securable_type: "CATALOG",
  });
  const registered = (record: CatalogRecord): object => ({
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
  });

  return new Hono<Env>()
    .get("/catalogs", (c) => {
      const known = builtInCatalogs.map((name, place) => ({ place, value: builtIn(name) }));
      const added = catalogs.entries().map(({ place, value }) => ({
        place: place + known.length,
        value: registered(value),
      }));
      const { max_results, page_token } = c.req.query();
      const page = pageOf([...known, ...added], { page_size: max_results, page_token });
      return c.json(withoutUndefined({ catalogs: page.items, next_page_token: page.nextPageToken }));
    })
    .get("/catalogs/:name", (c) => {
      const name = pathParameter(c, "name");
      if (builtInCatalogs.includes(name)) return c.json(builtIn(name));
      const record = catalogs.get(name);
      if (!record) throw new ApiError(404, "CATALOG_DOES_NOT_EXIST", `Catalog '${name}' does not exist.`);
      return c.json(registered(record));
    })
    .get("/current-metastore-assignment", (c) =>
      c.json({
        metastore_id: metastoreId,
        workspace_id: Number(directory.workspaceId),
        default_catalog_name: "main",
      }),
    );
}

/** A constant id for each workspace, in the form of a UUID. */
function metastoreOf(workspaceId: string): string {
  return `11111111-2222-4333-8444-${workspaceId.padStart(12, "0").slice(-12)}`;
}
