// An explicit databricks provider is refused by every component with official resources, before it declares any.
import { Provider } from "@pulumi/databricks/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import {
  LakebaseApp,
  LakebaseCatalog,
  LakebaseDatabase,
  LakebaseInstance,
  SyncedTable,
  SyncedTables,
} from "../../components/index.ts";
import { record } from "./support/mocks.ts";

type Options = pulumi.ComponentResourceOptions;
const table = { name: "operational.gold.orders", source: "main.gold.orders", primaryKey: ["id"] };
const components: Record<string, (opts: Options) => pulumi.Resource> = {
  LakebaseInstance: (opts) => new LakebaseInstance("db", { name: "orders" }, opts),
  LakebaseDatabase: (opts) => new LakebaseDatabase("db", { name: "orders" }, opts),
  LakebaseCatalog: (opts) => new LakebaseCatalog("db", { name: "operational", instanceName: "orders" }, opts),
  SyncedTable: (opts) => new SyncedTable("db", table, opts),
  SyncedTables: (opts) => new SyncedTables("db", { tables: [table] }, opts),
  LakebaseApp: (opts) => new LakebaseApp("db", { name: "shop", instanceName: "orders" }, opts),
};

const databricks = (capture: pulumi.ResourceTransformation) =>
  new Provider("own", { host: "https://other.example.com" }, { transformations: [capture] });

class Parent extends pulumi.ComponentResource {
  constructor(capture: pulumi.ResourceTransformation) {
    super(
      "test:index:Parent",
      "parent",
      {},
      { providers: [databricks(capture)], transformations: [capture] },
    );
  }
}

/** What a program throws, and the types that it has declared by then. */
async function refused(program: (capture: pulumi.ResourceTransformation) => unknown) {
  const { recording, result } = await record((capture) => {
    try {
      return program(capture);
    } catch (error) {
      return error;
    }
  });
  await new Promise(setImmediate);
  return { error: String(result), types: recording.resources.map(({ type }) => type) };
}

describe.each(Object.entries(components))("%s", (type, make) => {
  const refusal = new RegExp(`${type} "db".*explicit databricks provider.*fix: leave provider`, "s");

  it.each<[string, (capture: pulumi.ResourceTransformation) => Options]>([
    ["as provider", (capture) => ({ provider: databricks(capture) })],
    ["among providers", (capture) => ({ providers: [databricks(capture)] })],
    ["to a parent", (capture) => ({ parent: new Parent(capture) })],
  ])("refuses one given %s", async (_, options) => {
    const { error, types } = await refused((capture) =>
      make({ ...options(capture), transformations: [capture] }),
    );
    expect(error).toMatch(refusal);
    expect(types.filter((declared) => !/^(pulumi:providers|test:)/.test(declared))).toEqual([
      `lakebase:index:${type}`,
    ]);
  });
});
