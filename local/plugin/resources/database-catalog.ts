// The catalog over a database of an instance, described.

import type { ResourceDescription } from "../framework/description.ts";

/** `databricks.DatabaseDatabaseCatalog` */
export const DATABASE_CATALOG: ResourceDescription = {
  token: "databricks:index/databaseDatabaseCatalog:DatabaseDatabaseCatalog",
  terraformName: "database_database_catalog",
  description: "A Unity Catalog catalog over a database of an instance.",
  collection: "/api/2.0/database/catalogs",
  updateMask: ["create_database_if_not_exists", "database_instance_name", "database_name"],
  attributes: {
    createDatabaseIfNotExists: {
      type: "boolean",
      given: "optional or server",
      sticky: true,
      inputOnly: true,
      description: "Whether to create the database when it is missing.",
    },
    databaseInstanceName: { type: "string", given: "required", description: "The instance." },
    databaseName: { type: "string", given: "required", description: "The database on it." },
    name: { type: "string", given: "required", sticky: true, description: "Name of the catalog." },
    uid: { type: "string", given: "server", description: "Unique id." },
  },
};
