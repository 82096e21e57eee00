// LakebaseCatalog: a registration that is replaced instead of failing with 501.
import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { LakebaseCatalog, type LakebaseCatalogArgs } from "../../components/index.ts";
import { record } from "./support/mocks.ts";

const catalogType = "databricks:index/databaseDatabaseCatalog:DatabaseDatabaseCatalog";
const declare = (args: LakebaseCatalogArgs, opts: pulumi.ComponentResourceOptions = {}) =>
  record((capture) => new LakebaseCatalog("catalog", args, { ...opts, transformations: [capture] }));

describe("LakebaseCatalog", () => {
  it("registers the default database and creates none", async () => {
    const { recording } = await declare({ name: "operational", instanceName: "orders" });
    expect(recording.only(catalogType).inputs).toEqual({
      name: "operational",
      databaseInstanceName: "orders",
      databaseName: "databricks_postgres",
      createDatabaseIfNotExists: false,
    });
  });

  it("replaces on every change that the service cannot make, deleting first", async () => {
    const { recording } = await declare({ name: "operational", instanceName: "orders" });
    expect(recording.optionsOf(catalogType)).toMatchObject({
      replaceOnChanges: ["name", "databaseInstanceName", "databaseName"],
      ignoreChanges: ["createDatabaseIfNotExists"],
      deleteBeforeReplace: true,
    });
  });

  it("refuses bad arguments, all at once", async () => {
    await expect(
      declare({ name: "analytics.gold", instanceName: "my_db", databaseName: "" }),
    ).rejects.toThrow(/LakebaseCatalog "catalog": 3 problems.*name:.*instanceName:.*databaseName:/s);
  });
});
