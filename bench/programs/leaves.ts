// The resources that LakebaseDatabase is made of, the same ones with the same settings, declared by hand and without
// components.
import { DatabaseDatabaseCatalog } from "@pulumi/databricks/databaseDatabaseCatalog.js";
import { DatabaseInstance } from "@pulumi/databricks/databaseInstance.js";
import { DatabaseSyncedDatabaseTable } from "@pulumi/databricks/databaseSyncedDatabaseTable.js";
import * as pulumi from "@pulumi/pulumi";
import {
  ConnectivityCheck,
  InstanceIdentity,
  InstancePower,
  SyncedTablePipeline,
  SyncedTableReady,
} from "pulumi-lakebase";

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
const instanceName = config.require("instanceName");
const port = config.requireNumber("port");
const sslRootCert = config.require("sslRootCert");
const capacity = "CU_1";
const settings = {
  capacity,
  nodeCount: 1,
  enableReadableSecondaries: false,
  enablePgNativeLogin: false,
  retentionWindowInDays: 7,
};

const identity = new InstanceIdentity("identity", { instanceName });
const instance = new DatabaseInstance(
  "lakebase",
  { name: instanceName, ...settings, customTags: [] },
  { dependsOn: [identity], replaceOnChanges: ["name"] },
);
const power = new InstancePower("power", {
  instanceName: instance.name,
  instanceUid: instance.uid,
  stopped: false,
  settings: { ...settings, customTags: {} },
  startOnly: true,
  needsRunning: Object.fromEntries(tables.map((table) => [`synced table ${table.name}`, describe(table)])),
});
const catalog = new DatabaseDatabaseCatalog(
  "lakebase",
  {
    name: catalogName,
    databaseInstanceName: power.instanceName,
    databaseName: "databricks_postgres",
    createDatabaseIfNotExists: true,
  },
  {
    replaceOnChanges: ["name", "databaseInstanceName", "databaseName"],
    ignoreChanges: ["createDatabaseIfNotExists"],
    deleteBeforeReplace: true,
  },
);
const [first, ...others] = tables;
const members = Object.fromEntries(tables.map((table) => [table.name, describe(table)]));
const parts: pulumi.Resource[] = [];
if (first !== undefined) {
  const leader = declare(first, undefined);
  const pipeline = new SyncedTablePipeline("pipeline", { tableName: leader.name, members });
  parts.push(pipeline);
  for (const table of others) declare(table, pipeline.pipelineId);
}
const where = {
  instanceName: power.instanceName,
  instanceUid: power.uid,
  databaseName: "databricks_postgres",
  stopped: false,
};
const dependsOn = [identity, instance, power, catalog, ...parts];
const check = new ConnectivityCheck(
  "check",
  { ...where, port, sslRootCert, capacity, tables: tables.map(({ name }) => ({ name })) },
  { dependsOn },
);
const final = new InstancePower(
  "final-power",
  { instanceName: power.instanceName, instanceUid: power.uid, stopped: false },
  { dependsOn: [...dependsOn, check] },
);

function declare(table: (typeof tables)[number], existingPipelineId: pulumi.Output<string> | undefined) {
  const { name, source, primaryKey, policy, storageCatalog, storageSchema } = table;
  const declared = new DatabaseSyncedDatabaseTable(
    name,
    {
      name,
      spec: {
        sourceTableFullName: source,
        primaryKeyColumns: primaryKey,
        schedulingPolicy: policy,
        createDatabaseObjectsIfMissing: true,
        ...(existingPipelineId === undefined
          ? { newPipelineSpec: { storageCatalog, storageSchema } }
          : { existingPipelineId }),
      },
    },
    {
      dependsOn: [identity, instance, power, catalog],
      replaceOnChanges: ["name", "databaseInstanceName", "logicalDatabaseName", "spec"],
      ignoreChanges: ["spec.existingPipelineId", "spec.newPipelineSpec"],
      deleteBeforeReplace: true,
    },
  );
  const tableName = declared.name;
  const ready = { tableName, declared: describe(table), onDelete: "purge", port, sslRootCert };
  parts.push(declared, new SyncedTableReady(`${name}-ready`, ready));
  return declared;
}

function describe({ source, primaryKey, policy }: (typeof tables)[number]): string {
  return `${policy} of ${source} by ${primaryKey.join(", ")}`;
}

export const lakebase = {
  instanceName: final.instanceName,
  host: power.readWriteDns,
  verified: check.outcome,
};
