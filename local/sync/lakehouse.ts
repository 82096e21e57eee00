// The lakehouse: a folder of Delta tables, laid out catalog/schema/table.
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { listLog } from "./delta/log-files.ts";
import { type DeltaTable, openDeltaTable } from "./delta/table.ts";

/** The tables of a lakehouse folder, as they are at each call. */
export interface Lakehouse {
  catalogs(): Promise<string[]>;
  schemas(catalog: string): Promise<string[]>;
  tables(catalog: string, schema: string): Promise<string[]>;
  /** The table of a three-part name, or undefined. */
  table(fullName: string): Promise<DeltaTable | undefined>;
  /** The folder of a three-part name. */
  folderOf(fullName: string): string | undefined;
}

/** Names that are folders of their own: no separators, nothing hidden. */
const plainName = /^[^./\\\0][^/\\\0]*$/;

/** Opens the folder; without one the lakehouse is empty. */
export function openLakehouse(root: string | undefined): Lakehouse {
  const folders = async (...parts: string[]): Promise<string[]> => {
    if (root === undefined || !parts.every((part) => plainName.test(part))) return [];
    return foldersIn(join(resolve(root), ...parts));
  };
  const folderOf = (fullName: string): string | undefined => {
    const parts = fullName.split(".");
    if (root === undefined || parts.length !== 3 || !parts.every((part) => plainName.test(part)))
      return undefined;
    return join(resolve(root), ...parts);
  };
  return {
    catalogs: () => folders(),
    schemas: (catalog) => folders(catalog),
    async tables(catalog, schema) {
      const names = await folders(catalog, schema);
      const logs = await Promise.all(
        names.map((name) => listLog(folderOf(`${catalog}.${schema}.${name}`) ?? "")),
      );
      return names.filter((_, index) => logs[index]);
    },
    async table(fullName) {
      const folder = folderOf(fullName);
      return folder === undefined ? undefined : openDeltaTable(fullName, folder);
    },
    folderOf,
  };
}

async function foldersIn(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && plainName.test(entry.name))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
