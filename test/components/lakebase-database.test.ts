// LakebaseDatabase: one declaration for all parts, in the order that power needs, with its exports.
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { LakebaseDatabase, type LakebaseDatabaseArgs } from "../../components/index.ts";
import { promiseOf, record } from "./support/mocks.ts";

const instanceType = "databricks:index/databaseInstance:DatabaseInstance";
const catalogType = "databricks:index/databaseDatabaseCatalog:DatabaseDatabaseCatalog";
const powerType = "pulumi-nodejs:dynamic/lakebase:InstancePower";
const checkType = "pulumi-nodejs:dynamic/lakebase:ConnectivityCheck";

async function declare(args: LakebaseDatabaseArgs, opts: pulumi.ComponentResourceOptions = {}) {
  const { recording, result } = await record(
    (capture) => new LakebaseDatabase("db", args, { ...opts, transformations: [capture] }),
  );
  const declared = (type: string, name = "db") =>
    recording.resources.find((resource) => resource.type === type && resource.name === name)?.inputs;
  return { recording, database: result, declared };
}

describe("LakebaseDatabase", () => {
  it("needs a name only, and then makes an instance, its proof, and nothing else", async () => {
    const { recording, declared } = await declare({ name: "orders" });
    const kinds = recording.resources.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`).sort();
    expect(kinds).toEqual([
      "ConnectivityCheck db",
      "DatabaseInstance db",
      "InstanceIdentity db-identity",
      "InstancePower db-final-power",
      "InstancePower db-power",
      "LakebaseDatabase db",
      "LakebaseInstance db",
    ]);
    expect(declared(instanceType)).toMatchObject({ name: "orders", capacity: "CU_1" });
    expect(declared(checkType)).toMatchObject({ databaseName: "databricks_postgres", port: 5432 });
  });

  it("registers, grants and proves the same database", async () => {
    const { recording, declared } = await declare({
      name: "orders",
      capacity: "CU_4",
      databaseName: "sales",
      catalogName: "operational",
      principals: [{ name: "ann@example.com", type: "USER" }],
      port: 54320,
      sslRootCert: "ca.crt",
      verificationTrigger: "again",
    });
    expect(declared(catalogType)).toEqual({
      name: "operational",
      databaseInstanceName: "orders",
      databaseName: "sales",
      createDatabaseIfNotExists: true,
    });
    expect(recording.only("pulumi-nodejs:dynamic/lakebase:DatabaseAccess").inputs).toMatchObject({
      databaseName: "sales",
      instanceName: "orders",
      sslRootCert: "ca.crt",
    });
    expect(declared(checkType)).toMatchObject({
      databaseName: "sales",
      capacity: "CU_4",
      port: 54320,
      trigger: "again",
    });
  });

  it("syncs tables after the registration, proves them, and grants again what was made anew", async () => {
    const table = {
      name: "operational.gold.revenue",
      source: "main.gold.revenue",
      primaryKey: ["day"],
      storageCatalog: "main",
      storageSchema: "pipelines",
    };
    const { recording, declared } = await declare({
      name: "orders",
      catalogName: "operational",
      syncedTables: [table],
      principals: [{ name: "ann@example.com", type: "USER" }],
    });
    expect(
      recording.only("databricks:index/databaseSyncedDatabaseTable:DatabaseSyncedDatabaseTable").inputs,
    ).toMatchObject({ name: table.name });
    expect(declared(checkType)).toMatchObject({ tables: [{ name: table.name }] });
    expect(declared(powerType, "db-power")?.needsRunning).toMatchObject({
      "synced table operational.gold.revenue": "SNAPSHOT of main.gold.revenue by day",
    });
    expect(recording.only("pulumi-nodejs:dynamic/lakebase:DatabaseAccess").inputs).toHaveProperty("trigger");
  });

  it("lets the first power resource only start, and the last one stop, knowing what needs the instance", async () => {
    const { declared } = await declare({ name: "orders", stopped: true, catalogName: "operational" });
    expect(declared(powerType, "db-power")).toMatchObject({
      startOnly: true,
      stopped: true,
      needsRunning: { catalog: '"operational" of database "databricks_postgres"' },
    });
    const last = declared(powerType, "db-final-power");
    expect(last).toMatchObject({ stopped: true, instanceName: "orders" });
    expect(last).not.toHaveProperty("startOnly");
    expect(declared(checkType)).toMatchObject({ stopped: true });
  });

  it("says in its exports what the last power resource left", async () => {
    const { database } = await declare({ name: "orders", stopped: true, catalogName: "operational" });
    const exported = await promiseOf(pulumi.output(database.exports));
    expect(exported).toMatchObject({
      schemaVersion: 1,
      instance: { name: "orders", state: "STOPPED", stopped: true },
      database: { name: "databricks_postgres" },
      catalog: { name: "operational" },
      verification: { outcome: "stopped" },
    });
  });

  it.each([
    [{}, true],
    [{ protect: true }, true],
    [{ protect: false }, false],
  ])("protects the instance and nothing else: %j", async (opts, expected) => {
    const { recording } = await declare({ name: "orders", catalogName: "operational" }, opts);
    expect(recording.optionsOf(instanceType).protect).toBe(expected);
    expect(recording.optionsOf(catalogType).protect).toBeUndefined();
    expect(recording.optionsOf(checkType).protect).toBeUndefined();
  });

  it("does without the proof when it is told to", async () => {
    const { declared, database } = await declare({ name: "orders", verify: false });
    expect(declared(checkType)).toBeUndefined();
    expect(database.exports).not.toHaveProperty("verification");
  });

  it("names the mistakes of all parts at once, and declares none of them", async () => {
    const { recording, result } = await record(() => {
      try {
        new LakebaseDatabase("db", {
          name: "my db",
          capacity: "CU_3",
          databaseName: "template1",
          catalogName: "a.b",
          port: 0,
          principals: [{ name: "ann@example.com", type: "PERSON" }],
        });
      } catch (error) {
        return error;
      }
    });
    expect((result as Error).message).toMatch(
      /LakebaseDatabase "db": 6 problems.*name:.*capacity:.*databaseName:.*catalogName:.*type:.*port:/s,
    );
    expect(recording.resources.map(({ type }) => type)).toEqual(["lakebase:index:LakebaseDatabase"]);
  });

  it("refuses what its tables are together before the instance is declared", async () => {
    const table = { name: "c.s.t", source: "main.s.t", primaryKey: ["id"], policy: "TRIGGERED" };
    const refreshSchedules = { "triggered-1": { cron: "every day" }, other: { cron: "0 0 3 * * ?" } };
    const { result, recording } = await record(() => {
      try {
        new LakebaseDatabase("db", {
          name: "orders",
          capacity: "CU_3",
          syncedTables: [table, table],
          refreshSchedules,
        });
      } catch (error) {
        return error;
      }
    });
    expect((result as Error).message).toMatch(
      /LakebaseDatabase "db": 4 problems.*capacity:.*syncedTables: name one.*triggered-1\.cron:.*refreshSchedules\.other:/s,
    );
    expect(recording.resources.map(({ type }) => type)).toEqual(["lakebase:index:LakebaseDatabase"]);
  });
});
