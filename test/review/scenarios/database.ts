// The stack that most scenarios change, and short ways to declare its parts.
import { DatabaseSyncedDatabaseTable } from "@pulumi/databricks/databaseSyncedDatabaseTable.js";
import type * as pulumi from "@pulumi/pulumi";
import {
  ConnectivityCheck,
  LakebaseCatalog,
  LakebaseInstance,
  type LakebaseInstanceArgs,
} from "../../../components/index.ts";

/** Settings of {@link database} that a scenario changes. */
export interface DatabaseSettings extends Partial<LakebaseInstanceArgs> {
  protect?: boolean;
  catalogName?: string | undefined;
  databaseName?: string;
  withoutCheck?: true;
  options?: pulumi.ComponentResourceOptions;
}

/** An unprotected instance `orders` with its registration and its check. */
export function database(settings: DatabaseSettings = {}): LakebaseInstance {
  const {
    protect = false,
    catalogName = "orders",
    databaseName = "shop",
    withoutCheck,
    options,
    ...args
  } = settings;
  const instance = new LakebaseInstance("orders", { name: "orders", ...args }, { protect, ...options });
  const catalog = new LakebaseCatalog("orders", {
    name: catalogName,
    instanceName: instance.name,
    databaseName,
    createDatabaseIfNotExists: true,
  });
  if (withoutCheck) return instance;
  new ConnectivityCheck(
    "orders",
    {
      instanceName: instance.name,
      instanceUid: instance.uid,
      databaseName,
      stopped: args.stopped ?? false,
      capacity: instance.capacity,
    },
    { dependsOn: [catalog] },
  );
  return instance;
}

/** Settings of {@link syncedTable} that a scenario changes. */
export interface SyncedTableSettings {
  policy?: string;
  source?: string;
  primaryKey?: string[];
  pipelineId?: string;
  instanceName?: string;
  options?: pulumi.CustomResourceOptions;
}

/** A synced table of the instance `orders`, replaced by a change as the service demands. */
export function syncedTable(table: string, settings: SyncedTableSettings = {}): DatabaseSyncedDatabaseTable {
  const { policy = "SNAPSHOT", source = `main.shop.${table}`, primaryKey = ["id"], pipelineId } = settings;
  return new DatabaseSyncedDatabaseTable(
    table,
    {
      name: `orders.public.${table}`,
      databaseInstanceName: settings.instanceName ?? "orders",
      logicalDatabaseName: "shop",
      spec: {
        sourceTableFullName: source,
        primaryKeyColumns: primaryKey,
        schedulingPolicy: policy,
        ...(pipelineId === undefined
          ? { newPipelineSpec: { storageCatalog: "main", storageSchema: "shop" } }
          : { existingPipelineId: pipelineId }),
      },
    },
    settings.options ?? { replaceOnChanges: ["spec", "name"], deleteBeforeReplace: true },
  );
}
