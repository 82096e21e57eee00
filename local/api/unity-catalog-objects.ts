// Standard catalogs, schemas and tables of Unity Catalog: what clients created, and what the lakehouse folder holds.
import { randomUUID } from "node:crypto";
import type { Collection } from "../store.ts";
import type { DeltaTable } from "../sync/index.ts";
import { builtInCatalogs, openCatalogs } from "./catalogs-table.ts";
import type { Workspace } from "./context.ts";
import { ApiError } from "./errors.ts";
import type { Identity } from "./identities.ts";

/** A catalog or schema that a client created. */
export interface CreatedObject {
  id: string;
  /** The schema's full name, the catalog's name. */
  name: string;
  owner: string;
  createdAt: number;
  updatedAt: number;
  /** What the client gave: comment, properties and the like. */
  settings: Record<string, unknown>;
}

/** What Unity Catalog holds beside registered databases. */
export interface UnityCatalogObjects {
  catalogs: Collection<CreatedObject>;
  schemas: Collection<CreatedObject>;
  /** Names of all standard catalogs. */
  standardCatalogs(): Promise<string[]>;
  /** Refuses a catalog that is not a standard one. */
  requireStandardCatalog(name: string): Promise<void>;
  /** Names of the schemas of a standard catalog. */
  schemasOf(catalog: string): Promise<string[]>;
  requireSchema(catalog: string, schema: string): Promise<void>;
  /** The Delta table, or the service's TABLE_DOES_NOT_EXIST. */
  requireTable(fullName: string): Promise<DeltaTable>;
}

/** Catalogs of the workspace itself in which clients may keep things. */
const builtInStandardCatalogs = ["main"];

/** 404 for a catalog. */
export const noCatalog = (name: string): ApiError =>
  new ApiError(404, "CATALOG_DOES_NOT_EXIST", `Catalog '${name}' does not exist.`);
/** 404 for a schema. */
export const noSchema = (name: string): ApiError =>
  new ApiError(404, "SCHEMA_DOES_NOT_EXIST", `Schema '${name}' does not exist.`);
/** 404 for a table. */
export const noTable = (name: string): ApiError =>
  new ApiError(404, "TABLE_DOES_NOT_EXIST", `Table '${name}' does not exist.`);

/** Opens them. */
export function openUnityCatalogObjects({
  store,
  sync,
}: Pick<Workspace, "store" | "sync">): UnityCatalogObjects {
  const catalogs = store.collection<CreatedObject>("standard_catalog");
  const schemas = store.collection<CreatedObject>("schema");
  const registered = openCatalogs(store);
  const { lakehouse } = sync;

  const standardCatalogs = async (): Promise<string[]> => {
    const created = catalogs.entries().map(({ key }) => key);
    const names = new Set([...builtInStandardCatalogs, ...(await lakehouse.catalogs()), ...created]);
    for (const { key } of registered.entries()) names.delete(key);
    return [...names];
  };
  const schemasOf = async (catalog: string): Promise<string[]> => {
    const created = schemas.entries().flatMap(({ key }) => {
      const [of = "", ...name] = key.split(".");
      return of === catalog ? [name.join(".")] : [];
    });
    const given = builtInStandardCatalogs.includes(catalog) ? ["default"] : [];
    return [...new Set([...given, ...(await lakehouse.schemas(catalog)), ...created])];
  };
  return {
    catalogs,
    schemas,
    standardCatalogs,
    schemasOf,
    async requireStandardCatalog(name) {
      if ((await standardCatalogs()).includes(name)) return;
      throw noCatalog(name);
    },
    async requireSchema(catalog, schema) {
      if (!(await schemasOf(catalog)).includes(schema)) throw noSchema(`${catalog}.${schema}`);
    },
    async requireTable(fullName) {
      const table = await lakehouse.table(fullName);
      if (table) return table;
      const { status, errorCode, message } = noTable(fullName);
      const has =
        "The local workspace has the Delta tables of its lakehouse folder, and no views or other formats.";
      throw new ApiError(status, errorCode, `${message} ${has}`);
    },
  };
}

/** Whether any kind of catalog has the name. */
export async function isCatalogTaken(workspace: Workspace, name: string): Promise<boolean> {
  if (builtInCatalogs.includes(name) || openCatalogs(workspace.store).get(name)) return true;
  return (await openUnityCatalogObjects(workspace).standardCatalogs()).includes(name);
}

/** An object that a client has just created. */
export function newObject(
  name: string,
  settings: Record<string, unknown>,
  { userName }: Identity,
  now: number,
): CreatedObject {
  const { owner = userName, ...rest } = settings;
  return { id: randomUUID(), name, owner: String(owner), createdAt: now, updatedAt: now, settings: rest };
}

/** The object with what a PATCH changes. */
export function changedObject(
  object: CreatedObject,
  { owner = object.owner, ...given }: Record<string, unknown>,
  now: number,
): CreatedObject {
  const { name: _name, ...settings } = { ...object.settings, ...given } as Record<string, unknown>;
  return { ...object, owner: String(owner), updatedAt: now, settings };
}
