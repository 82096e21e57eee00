// The program and import file of an adoption: complete, in order, and text that is a program whatever the names are.
import { stripTypeScriptTypes } from "node:module";
import { describe, expect, it } from "vitest";
import { importFile, programText } from "../../../bin/adoption/program.ts";
import type { DatabaseInstance } from "../../../lakebase/workspace/index.ts";

const instance = (name: string, more: Partial<DatabaseInstance> = {}): DatabaseInstance => ({
  name,
  uid: `uid of ${name}`,
  state: "AVAILABLE",
  capacity: "CU_1",
  childNames: [],
  ...more,
});
const textOf = (...instances: DatabaseInstance[]) => programText({ instances, catalogs: [], tables: [] });

describe("the program", () => {
  it("says only what is not the default", () => {
    const usual = {
      nodeCount: 1,
      readableSecondaries: false,
      pgNativeLogin: false,
      retentionWindowInDays: 7,
    };
    expect(textOf(instance("orders", { ...usual, customTags: {}, stopped: false }))).toContain(
      'new LakebaseInstance("orders", {\n  name: "orders",\n  capacity: "CU_1",\n  imported: true,\n});',
    );
  });

  it("says all that is", () => {
    const text = textOf(
      instance("orders", {
        state: "STOPPED",
        nodeCount: 3,
        readableSecondaries: true,
        pgNativeLogin: true,
        retentionWindowInDays: 35,
        usagePolicyId: "p-1",
        customTags: { team: 'quoted "payments"' },
      }),
    );
    for (const line of [
      "stopped: true",
      "nodeCount: 3",
      "enableReadableSecondaries: true",
      "enablePgNativeLogin: true",
      "retentionWindowInDays: 35",
      'usagePolicyId: "p-1"',
      'customTags: {"team":"quoted \\"payments\\""}',
    ])
      expect(text).toContain(`  ${line},`);
  });

  it("puts a parent above its clones, whose point in time it keeps, and names one outside by its text", () => {
    const text = textOf(
      instance("copy-of-copy", { parentName: "copy" }),
      instance("copy", { parentName: "orders", parentBranchTime: "2026-01-31T10:00:00Z" }),
      instance("orders", { parentName: "elsewhere" }),
    );
    expect(text.match(/new LakebaseInstance\("[^"]*"/g)).toEqual([
      'new LakebaseInstance("orders"',
      'new LakebaseInstance("copy"',
      'new LakebaseInstance("copy-of-copy"',
    ]);
    expect(text).toContain('parent: { name: orders.name, branchTime: "2026-01-31T10:00:00Z" },');
    expect(text).toContain('parent: { name: "elsewhere" },');
  });

  it("is a program with whatever names there are", () => {
    const names = ["class", "2024-data", "a-b", "a--b", "aB", "---", "new"];
    const catalogs = ['odd"name', "a-b"].map((name) => ({
      name,
      instanceName: "a-b",
      databaseName: "postgres",
    }));
    const text = programText({ instances: names.map((name) => instance(name)), catalogs, tables: [] });
    expect(() => stripTypeScriptTypes(text)).not.toThrow();
    const variables = [...text.matchAll(/export const (\S+) =/g)].map(([, variable]) => variable);
    expect(new Set(variables).size).toBe(names.length + catalogs.length);
    expect(text).toContain("instanceName: aB.name");
  });
});

describe("the import file", () => {
  it("puts each resource under the component of the program that declares it", () => {
    const catalogs = [{ name: "orders", instanceName: "orders", databaseName: "postgres" }];
    const { resources } = importFile({ instances: [instance("orders")], catalogs, tables: [] });
    expect(
      resources.filter(({ component }) => component).map(({ type, logicalName }) => [type, logicalName]),
    ).toEqual([
      ["lakebase:index:LakebaseInstance", "orders"],
      ["lakebase:index:LakebaseCatalog", "orders"],
    ]);
    const components = new Set(resources.filter(({ component }) => component).map(({ name }) => name));
    const own = resources.filter(({ component }) => !component);
    expect(own.map(({ id, parent }) => [id, components.has(parent ?? "")])).toEqual([
      ["orders", true],
      ["orders", true],
    ]);
    expect(new Set(resources.map(({ name }) => name)).size).toBe(4);
  });
});
