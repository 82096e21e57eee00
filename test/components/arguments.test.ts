// Arguments: plain ones are refused at once. (A bad output stops the whole program, so test/stack proves that.)
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { checkArguments } from "../../components/arguments.ts";
import * as components from "../../components/index.ts";
import { checkInstance } from "../../lakebase/rules/index.ts";
import { promiseOf } from "./support/mocks.ts";

const subject = 'LakebaseInstance "orders"';

describe("checkArguments", () => {
  it("hands plain arguments through", () => {
    const args = { name: "orders", capacity: "CU_2" };
    expect(checkArguments(subject, args, checkInstance, [])).toEqual(args);
  });

  it("hands the value of a good output through", async () => {
    const checked = checkArguments(subject, { name: pulumi.output("orders") }, checkInstance, []);
    expect(await promiseOf(checked.name)).toBe("orders");
  });

  it("refuses bad plain arguments before anything is declared", () => {
    const args = { capacity: "CU_3", nodeCount: pulumi.output(1) };
    expect(() => checkArguments(subject, args, checkInstance, [])).toThrow('fix: use "CU_4"');
  });

  // JavaScript and YAML know no types, and the official provider would make up a name.
  it.each<[string, new (name: string, args: never) => pulumi.Resource, string[]]>([
    ["LakebaseInstance", components.LakebaseInstance, ["name"]],
    ["LakebaseDatabase", components.LakebaseDatabase, ["name"]],
    ["LakebaseCatalog", components.LakebaseCatalog, ["name", "instanceName"]],
    ["LakebaseAccess", components.LakebaseAccess, ["instanceName", "principals"]],
    ["LakebaseApp", components.LakebaseApp, ["name", "instanceName"]],
    ["SyncedTable", components.SyncedTable, ["name", "source", "primaryKey"]],
    ["ConnectivityCheck", components.ConnectivityCheck, ["instanceName"]],
    ["DatabaseAccess", components.DatabaseAccess, ["instanceName", "databaseName", "principals"]],
  ])("%s refuses to be declared without its required arguments", (component, Component, missing) => {
    const declare = () => new Component("orders", {} as never);
    expect(declare).toThrow(
      `${component} "orders": ${missing.length === 1 ? "1 problem" : `${missing.length} problems`}`,
    );
    for (const path of missing) expect(declare).toThrow(`- ${path}: is missing`);
  });
});
