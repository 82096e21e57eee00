// Database catalogs: a database of an instance, registered in Unity Catalog. /api/2.0/database/catalogs
import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import pg from "pg";
import { builtInCatalogs, type CatalogRecord, openCatalogs } from "./catalogs-table.ts";
import { type Env, pathParameter, readJson, type Workspace } from "./context.ts";
import { alreadyExists, notFound, notImplemented, permissionDenied } from "./errors.ts";
import { requireAtRest } from "./instances.ts";
import { isCatalogTaken } from "./unity-catalog-objects.ts";
import { accept, databaseName, flag, object, outputOnly, text } from "./validation.ts";

const catalogName = text({
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the rule is about
  form: /^[^\u0000-\u0020\u007f./]{1,255}$/,
  described: "1 to 255 characters, without dots, slashes, spaces and control characters",
});

const fields = {
  name: catalogName,
  database_instance_name: text(),
  database_name: databaseName(),
  create_database_if_not_exists: flag,
  uid: outputOnly,
};

interface CatalogRequest {
  name: string;
  database_instance_name: string;
  database_name: string;
  create_database_if_not_exists?: boolean;
}

/** The routes of catalogs, relative to /api/2.0/database. */
export function catalogRoutes(workspace: Workspace): Hono<Env> {
  const catalogs = openCatalogs(workspace.store);
  const requireCatalog = (name: string): CatalogRecord => {
    const record = catalogs.get(name);
    if (!record) throw notFound(`Database catalog '${name}' not found.`);
    return record;
  };

  return new Hono<Env>()
    .post("/catalogs", async (c) => {
      const required = ["name", "database_instance_name", "database_name"];
      const request = accept<CatalogRequest>(await readJson(c), object(fields, required));
      const instance = workspace.instances.require(request.database_instance_name);
      workspace.permissions.requireUse(c.get("identity"), instance);
      requireAtRest(instance, ["AVAILABLE"]);
      const taken = (): boolean =>
        builtInCatalogs.includes(request.name) || catalogs.get(request.name) !== undefined;
      if (taken()) throw alreadyExists(`Catalog '${request.name}' already exists.`);
      if (await isCatalogTaken(workspace, request.name)) {
        throw alreadyExists(`Catalog '${request.name}' already exists.`);
      }
      await requireDatabase(workspace, instance.uid, request);
      // Another request may have taken the name while this one spoke to PostgreSQL.
      if (taken()) throw alreadyExists(`Catalog '${request.name}' already exists.`);
      const record: CatalogRecord = {
        uid: randomUUID(),
        name: request.name,
        instanceName: instance.name,
        databaseName: request.database_name,
        owner: c.get("identity").userName,
        createdAt: workspace.clock.now(),
      };
      catalogs.put(record.name, record);
      return c.json(view(record));
    })
    .get("/catalogs/:name", (c) => c.json(view(requireCatalog(pathParameter(c, "name")))))
    .patch("/catalogs/:name", () => {
      throw notImplemented("Update Database Catalog is not yet implemented");
    })
    .delete("/catalogs/:name", (c) => {
      const record = requireCatalog(pathParameter(c, "name"));
      const caller = c.get("identity");
      if (!caller.admin && record.owner !== caller.userName) {
        throw permissionDenied(`User '${caller.userName}' is not the owner of catalog '${record.name}'.`);
      }
      // The database stays: only its registration ends.
      catalogs.delete(record.name);
      return c.json({});
    });
}

/** Without create_database_if_not_exists, which the service takes and never shows. */
function view(record: CatalogRecord): object {
  return {
    name: record.name,
    database_instance_name: record.instanceName,
    database_name: record.databaseName,
    uid: record.uid,
  };
}

async function requireDatabase(
  { postgres, instances }: Workspace,
  uid: string,
  request: CatalogRequest,
): Promise<void> {
  const { database_name, database_instance_name } = request;
  const found = await postgres.query(uid, "postgres", "SELECT 1 FROM pg_database WHERE datname = $1", [
    database_name,
  ]);
  if (found.rows.length > 0) return;
  if (!request.create_database_if_not_exists) {
    throw notFound(
      `Database '${database_name}' does not exist in database instance '${database_instance_name}'. Create it first, or set create_database_if_not_exists to true.`,
    );
  }
  const owner = instances.byUid(uid)?.creator;
  const owned = owner === undefined ? "" : ` OWNER ${pg.escapeIdentifier(owner)}`;
  try {
    await postgres.query(uid, "postgres", `CREATE DATABASE ${pg.escapeIdentifier(database_name)}${owned}`);
  } catch (error) {
    // Another request has just made it: 42P04, or 23505 when both were at it in the same moment.
    if (!["42P04", "23505"].includes(String((error as { code?: string }).code))) throw error;
  }
}
