// What one writes by hand with the official package alone: instance, catalog, synced tables in one pipeline.
import * as databricks from "@pulumi/databricks";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const catalogName = config.require("catalogName");
// The configuration travels in the environment, whose entries end at 128 KiB on Linux: a thousand tables do not fit.
const tables = Array.from({ length: config.requireNumber("tables") }, (_, at) => ({
  name: `${catalogName}.public.table_${at}`,
  source: `main.bench.${catalogName}_${Math.floor(at / 20)}`,
  primaryKey: ["id"],
  policy: "SNAPSHOT",
  storageCatalog: "main",
  storageSchema: "bench",
}));

const instance = new databricks.DatabaseInstance("lakebase", {
  name: config.require("instanceName"),
  capacity: "CU_1",
});
const catalog = new databricks.DatabaseDatabaseCatalog(
  "lakebase",
  {
    name: catalogName,
    databaseInstanceName: instance.name,
    databaseName: "databricks_postgres",
    createDatabaseIfNotExists: true,
  },
  { dependsOn: [instance] },
);
for (const table of tables) {
  const { name, source, primaryKey, policy, storageCatalog, storageSchema } = table;
  new databricks.DatabaseSyncedDatabaseTable(
    name,
    {
      name,
      spec: {
        sourceTableFullName: source,
        primaryKeyColumns: primaryKey,
        schedulingPolicy: policy,
        createDatabaseObjectsIfMissing: true,
        newPipelineSpec: { storageCatalog, storageSchema },
      },
    },
    { dependsOn: [catalog] },
  );
}

export const host = instance.readWriteDns;
