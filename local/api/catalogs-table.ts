// The registered catalogs in the store.
import type { Collection, Store } from "../store.ts";

/** A registered catalog. It may outlive its instance, as in the service. */
export interface CatalogRecord {
  uid: string;
  name: string;
  instanceName: string;
  databaseName: string;
  owner: string;
  createdAt: number;
}

/** Catalogs that every workspace has, and whose names are therefore taken. */
export const builtInCatalogs: readonly string[] = ["hive_metastore", "main", "samples", "system"];

/** The catalogs of a store. */
export function openCatalogs(store: Store): Collection<CatalogRecord> {
  return store.collection<CatalogRecord>("catalog");
}
