// Changes of what stands around an instance: registration, synced tables, apps, access.
import { App } from "@pulumi/databricks/app.js";
import { Catalog } from "@pulumi/databricks/catalog.js";
import { DatabaseDatabaseCatalog } from "@pulumi/databricks/databaseDatabaseCatalog.js";
import { Grant } from "@pulumi/databricks/grant.js";
import { Permissions } from "@pulumi/databricks/permissions.js";
import { PostgresBranch } from "@pulumi/databricks/postgresBranch.js";
import { PostgresDatabase } from "@pulumi/databricks/postgresDatabase.js";
import { PostgresEndpoint } from "@pulumi/databricks/postgresEndpoint.js";
import { PostgresProject } from "@pulumi/databricks/postgresProject.js";
import { PostgresRole } from "@pulumi/databricks/postgresRole.js";
import { Provider } from "@pulumi/databricks/provider.js";
import { Schema } from "@pulumi/databricks/schema.js";
import { Secret } from "@pulumi/databricks/secret.js";
import * as pulumi from "@pulumi/pulumi";
import { LakebaseAccess, SyncedTable } from "../../../components/index.ts";
import { database, syncedTable } from "./database.ts";
import type { Scenario } from "./types.ts";

const people = (names: Record<string, string>) => ({
  accessControls: Object.entries(names).map(([groupName, permissionLevel]) => ({
    groupName,
    permissionLevel,
  })),
});

function app(databaseName: string | undefined, name = "shop-front"): App {
  const resources = [
    {
      name: "pg",
      database: {
        instanceName: "orders",
        databaseName: databaseName ?? "",
        permission: "CAN_CONNECT_AND_CREATE",
      },
    },
  ];
  return new App("front", { name, ...(databaseName === undefined ? {} : { resources }) });
}

function plainCatalog(databaseName: string): DatabaseDatabaseCatalog {
  return new DatabaseDatabaseCatalog("plain", {
    name: "plain",
    databaseInstanceName: "orders",
    databaseName,
  });
}

function access(presets: Record<string, string>): LakebaseAccess {
  return new LakebaseAccess("orders", {
    instanceName: "orders",
    databaseName: "shop",
    principals: Object.entries(presets).map(([name, preset]) => ({
      name,
      type: "GROUP",
      grants: [{ schema: "public", preset }],
    })),
  });
}

function componentTable(...indexes: string[][]): SyncedTable {
  return new SyncedTable("customers", {
    name: "orders.public.customers",
    source: "main.shop.customers",
    primaryKey: ["id"],
    storageCatalog: "main",
    storageSchema: "shop",
    indexes: indexes.map((columns) => ({ columns })),
  });
}

/** By the name of the recording. */
export const sharing: Record<string, Scenario> = {
  "catalog-renamed": { before: () => database(), after: () => database({ catalogName: "shop_orders" }) },
  "catalog-removed": { before: () => plainCatalog("shop"), after: () => undefined },
  "catalog-updated-in-place": { before: () => plainCatalog("shop"), after: () => plainCatalog("shop2") },
  "synced-tables-created": {
    before: () => database(),
    after: () => {
      database();
      syncedTable("customers", { policy: "CONTINUOUS" });
      syncedTable("products");
      syncedTable("prices", { policy: "CONTINUOUS", pipelineId: "pipeline-1" });
    },
  },
  "synced-table-rekeyed": {
    before: () => syncedTable("customers"),
    after: () => syncedTable("customers", { primaryKey: ["id", "region"] }),
  },
  "synced-table-to-continuous": {
    before: () => syncedTable("customers"),
    after: () => syncedTable("customers", { policy: "CONTINUOUS" }),
  },
  "synced-table-to-snapshot": {
    before: () => syncedTable("customers", { policy: "CONTINUOUS" }),
    after: () => syncedTable("customers", { policy: "SNAPSHOT" }),
  },
  "synced-table-updated-in-place": {
    before: () => syncedTable("customers", { options: {} }),
    after: () => syncedTable("customers", { source: "main.shop.clients", options: {} }),
  },
  "synced-table-removed": {
    before: () => {
      syncedTable("customers");
      syncedTable("products");
    },
    after: () => syncedTable("products"),
  },
  "app-created": {
    before: () => database(),
    after: () => {
      database();
      app("shop");
    },
  },
  "app-rebound": { before: () => app("shop"), after: () => app("shop_eu") },
  "app-unbound": { before: () => app("shop"), after: () => app(undefined) },
  "app-renamed": { before: () => app("shop"), after: () => app("shop", "storefront") },
  "app-removed": { before: () => app("shop"), after: () => undefined },
  "permissions-changed": {
    before: () =>
      new Permissions("orders", {
        databaseInstanceName: "orders",
        ...people({ analysts: "CAN_USE", ops: "CAN_MANAGE" }),
      }),
    after: () =>
      new Permissions("orders", {
        databaseInstanceName: "orders",
        ...people({ users: "CAN_USE", developers: "CAN_MANAGE" }),
      }),
  },
  "permissions-removed": {
    before: () =>
      new Permissions("orders", { databaseInstanceName: "orders", ...people({ analysts: "CAN_USE" }) }),
    after: () => undefined,
  },
  "permissions-moved": {
    before: () =>
      new Permissions("old", { databaseInstanceName: "orders", ...people({ analysts: "CAN_USE" }) }),
    after: () =>
      new Permissions("new", { databaseInstanceName: "orders", ...people({ analysts: "CAN_USE" }) }),
  },
  "access-given": {
    before: () => database(),
    after: () => {
      database();
      access({ analysts: "reader", builders: "writer" });
    },
  },
  "access-changed": {
    before: () => access({ analysts: "reader", builders: "writer" }),
    after: () => access({ analysts: "writer" }),
  },
  "access-removed": { before: () => access({ analysts: "reader" }), after: () => undefined },
  "component-table-removed": { before: () => componentTable(), after: () => undefined },
  "component-table-indexed": { before: () => componentTable(), after: () => componentTable(["region"]) },
  "grant-removed": {
    before: () =>
      new Grant("analysts", {
        catalog: "orders",
        principal: "analysts",
        privileges: ["USE_CATALOG", "SELECT"],
      }),
    after: () => undefined,
  },
  "project-removed": {
    before: () => {
      const project = new PostgresProject("p", {
        projectId: "shop",
        spec: { historyRetentionDuration: "604800s" },
      });
      // By their names, which a preview of the first deployment does not know from the service.
      const branch = new PostgresBranch(
        "dev",
        { branchId: "dev", parent: "projects/shop" },
        { dependsOn: project },
      );
      new PostgresDatabase(
        "d",
        {
          databaseId: "d",
          parent: "projects/shop/branches/dev",
          spec: { postgresDatabase: "d", role: "projects/shop/branches/dev/roles/app" },
        },
        { dependsOn: branch },
      );
    },
    after: () => undefined,
  },
  "project-window-shortened": {
    before: () =>
      new PostgresProject("p", { projectId: "shop", spec: { historyRetentionDuration: "604800s" } }),
    after: () =>
      new PostgresProject("p", { projectId: "shop", spec: { historyRetentionDuration: "86400s" } }),
  },
  "branch-replaced": {
    before: () => new PostgresBranch("dev", { branchId: "dev", parent: "projects/shop" }),
    after: () => new PostgresBranch("dev", { branchId: "dev2", parent: "projects/shop" }),
  },
  "endpoint-and-role-removed": {
    before: () => {
      new PostgresEndpoint("rw", {
        endpointId: "rw",
        parent: "projects/shop/branches/dev",
        spec: { endpointType: "ENDPOINT_TYPE_READ_WRITE", autoscalingLimitMaxCu: 4 },
      });
      new PostgresRole("app", { roleId: "app", parent: "projects/shop/branches/dev" });
    },
    after: () => undefined,
  },
  "empty-storage-removed": {
    before: () => new Schema("pipelines", { name: "pipelines", catalogName: "main" }),
    after: () => undefined,
  },
  "storage-removed": {
    before: () => {
      const catalog = new Catalog("store", { name: "store", forceDestroy: true });
      new Schema("pipelines", { name: "pipelines", catalogName: catalog.name, forceDestroy: true });
    },
    after: () => undefined,
  },
  "secret-rotated": {
    before: () => new Secret("s", { scope: "app", key: "k", stringValue: pulumi.secret("hunter2-before") }),
    after: () => new Secret("s", { scope: "app", key: "k", stringValue: pulumi.secret("hunter2-after") }),
  },
  "provider-with-token": {
    after: () => {
      new Provider("own", {
        host: "https://workspace.example.com",
        token: pulumi.secret("dapi-hunter2"),
      });
      database({ customTags: { team: pulumi.secret("hunter2-tag") } });
    },
  },
  "program-fails": {
    before: () => database(),
    after: () => database({ capacity: "CU_3", retentionWindowInDays: 99 }),
  },
};
