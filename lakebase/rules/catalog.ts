// Rules for registering a database of an instance in Unity Catalog.
import { checkCatalogName, checkDatabaseName, checkInstanceName } from "./names.ts";
import type { Problem } from "./problems.ts";

/** The arguments of a registration as far as they are known. */
export interface CatalogSpecification {
  name?: unknown;
  instanceName?: unknown;
  databaseName?: unknown;
  createDatabaseIfNotExists?: unknown;
}

/** Every problem of a registration's arguments. */
export function checkCatalog(specification: CatalogSpecification): Problem[] {
  const { name, instanceName, databaseName, createDatabaseIfNotExists } = specification;
  const problems = [
    ...(name === undefined ? [] : checkCatalogName("name", name)),
    ...(instanceName === undefined ? [] : checkInstanceName("instanceName", instanceName)),
    ...(databaseName === undefined ? [] : checkDatabaseName("databaseName", databaseName)),
  ];
  if (createDatabaseIfNotExists !== undefined && typeof createDatabaseIfNotExists !== "boolean") {
    problems.push({
      path: "createDatabaseIfNotExists",
      reason: "is neither true nor false",
      value: createDatabaseIfNotExists,
      allowed: "true, false",
      fix: "write it without quotes",
    });
  }
  return problems;
}
