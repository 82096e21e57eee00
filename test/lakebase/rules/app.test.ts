// Rules of apps: names, keys, other resources, the binding that must stay what it is.
import { describe, expect, it } from "vitest";
import { checkApp } from "../../../lakebase/rules/index.ts";

const problems = (specification: object) =>
  checkApp(specification).map(({ path, reason }) => `${path}: ${reason}`);

describe("an app", () => {
  it("may leave everything out that is not known yet", () => {
    expect(checkApp({})).toEqual([]);
  });

  it.each(["ab", "order-desk", "a1", "9".repeat(30)])("may be called %s", (name) => {
    expect(checkApp({ name })).toEqual([]);
  });

  it.each([
    ["", "name: is empty", 'give a name, for example "order-desk"'],
    ["a", "name: is 1 characters long", "give a longer name"],
    ["a".repeat(31), "name: is 31 characters long", "shorten the name"],
    ["Order_Desk", "name: has characters that an app's name cannot have", 'use "order-desk"'],
    ["-shop", "name: has characters that an app's name cannot have", 'use "shop"'],
    ["__", "name: has characters that an app's name cannot have", "choose another name"],
    [7, "name: is not an app's name", 'give a text, for example "order-desk"'],
  ])("cannot be called %j", (name, reason, fix) => {
    expect(problems({ name })).toEqual([reason]);
    expect(checkApp({ name })[0]?.fix).toBe(fix);
  });

  it("tells every problem of all arguments at once", () => {
    expect(
      problems({
        name: "A",
        instanceName: "my_db",
        databaseName: "",
        resourceKey: "the key",
        otherResources: {},
        grants: [{ schema: "public" }],
        syncedTables: ["orders"],
      }),
    ).toEqual([
      "name: is 1 characters long",
      "instanceName: has characters that an instance name cannot have",
      "databaseName: is empty",
      "resourceKey: has spaces",
      "otherResources: is not a list",
      "grants[0]: grants nothing",
      "syncedTables[0]: is not the full name of a synced table",
    ]);
  });
});

describe("other resources", () => {
  const warehouse = { name: "warehouse", sqlWarehouse: { id: "w", permission: "CAN_USE" } };
  const postgres = (branch: string, name = "pg") => ({
    name,
    postgres: { branch, database: "d", permission: "CAN_CONNECT_AND_CREATE" },
  });

  it("may be of any kind, each under a key of its own", () => {
    const second = { name: "second", database: { instanceName: "b", databaseName: "d", permission: "x" } };
    const otherResources = [warehouse, second, postgres("projects/other/branches/main")];
    expect(problems({ instanceName: "orders", otherResources })).toEqual([]);
  });

  it.each([
    [[warehouse, warehouse], ["otherResources[1].name: is used already, by otherResources[0]"]],
    [[{ ...warehouse, name: "database" }], ["otherResources[0].name: is used already, by resourceKey"]],
    [[{ name: "a" }], ["otherResources[0]: is of no kind"]],
    [[{ ...warehouse, job: { id: "1" } }], ["otherResources[0]: is of 2 kinds: sqlWarehouse, job"]],
    [[{ name: "a", sqlWarehose: {} }], ["otherResources[0].sqlWarehose: is not known"]],
    [[{ job: { id: "1" } }], ["otherResources[0].name: is empty"]],
    [["warehouse"], ["otherResources[0]: is not an object"]],
  ])("cannot be %j", (otherResources, expected) => {
    expect(problems({ otherResources })).toEqual(expected);
  });

  it("cannot turn the database binding into a postgres one, and says why", () => {
    const [problem, ...others] = checkApp({
      resourceKey: "lakebase",
      otherResources: [postgres("projects/x/branches/main", "lakebase")],
    });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ path: "otherResources[0].postgres" });
    expect(problem?.reason).toMatch(/would turn the database binding "lakebase" into a postgres one: .*role/);
  });

  it("cannot bind the same instance as a project beside it", () => {
    const otherResources = [postgres("projects/orders/branches/main")];
    expect(problems({ instanceName: "orders", otherResources })).toEqual([
      expect.stringMatching(/^otherResources\[0\]\.postgres\.branch: is the instance that is bound already/),
    ]);
    expect(problems({ otherResources })).toEqual([]);
  });
});
