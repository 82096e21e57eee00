// The provider's trap: any change of a clone, even of a tag, is planned as its replacement. A user's clone is changed in
// place, keeps its data, and is never cut anew without being named.
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mayDelete } from "../../support/deletion-ledger.ts";
import { type Declared, startInstanceStack } from "../support/instance-program.ts";
import { runSql } from "../support/run-sql.ts";

const instanceType = "databricks:index/databaseInstance:DatabaseInstance";
const powerType = "pulumi-nodejs:dynamic/lakebase:InstancePower";

describe("a clone", () => {
  let stack: Awaited<ReturnType<typeof startInstanceStack>>;
  const declared = (clone: object = {}): Declared => ({
    instances: [{ name: "orders" }, { name: "orders-pr-1", parent: { name: "orders" }, ...clone }],
  });

  beforeAll(async () => {
    stack = await startInstanceStack({ instances: [{ name: "orders" }] });
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  const query = async (instanceName: string, sql: string): Promise<pg.QueryResult> => {
    return await runSql(stack.workspace, instanceName, sql);
  };

  it("is cut from its parent with the parent's data", async () => {
    await stack.succeed("up");
    await query("orders", "CREATE TABLE parcels AS SELECT generate_series(1, 10) AS id");
    await stack.declare(declared());
    await stack.succeed("up");
    expect((await query("orders-pr-1", "SELECT count(*)::int FROM parcels")).rows).toEqual([{ count: 10 }]);
    await query("orders-pr-1", "INSERT INTO parcels VALUES (11)");
    await stack.changesAsked();
  });

  it("is changed in place, waited for, and shown as that in the preview", async () => {
    await stack.declare(
      declared({ capacity: "CU_2", retentionWindowInDays: 14, customTags: { pull: "1" }, stopped: false }),
    );
    for (const command of ["preview", "up"]) {
      const { steps } = await stack.succeed(command);
      expect(steps.map(({ op, type }) => [op, type])).toEqual([["update", powerType]]);
    }
    expect(await stack.changesAsked()).toEqual([
      'PATCH /api/2.0/database/instances/orders-pr-1?update_mask=capacity,retention_window_in_days,custom_tags {"name":"orders-pr-1","capacity":"CU_2","retention_window_in_days":14,"custom_tags":[{"key":"pull","value":"1"}]}'.replaceAll(
        ",retention_window_in_days,custom",
        "%2Cretention_window_in_days%2Ccustom",
      ),
    ]);
    expect((await query("orders-pr-1", "SELECT count(*)::int FROM parcels")).rows).toEqual([{ count: 11 }]);
  });

  it("has nothing to do afterwards, with or without a refresh", async () => {
    await stack.succeed("up", "--expect-no-changes");
    const { steps } = await stack.succeed("up", "--refresh");
    expect(steps.filter(({ op }) => op.includes("replace") || op === "delete")).toEqual([]);
    await stack.succeed("up", "--refresh", "--expect-no-changes");
    expect(await stack.changesAsked()).toEqual([]);
  });

  it("is not cut anew from another point without being named, although nothing protects it", async () => {
    await stack.declare(declared({ parent: { name: "orders", branchTime: new Date().toISOString() } }));
    for (const command of ["preview", "up"]) {
      const { code, output } = await stack.run(command);
      expect(code).not.toBe(0);
      expect(output).toContain('instance "orders-pr-1" would be cut anew from another parent');
    }
    await stack.declare(declared({ parent: undefined }));
    expect((await stack.run("preview")).output).toContain("would be cut anew from another parent");
    expect(await stack.changesAsked()).toEqual([]);
  });

  it("goes away alone, and before its parent", async () => {
    mayDelete("orders-pr-1");
    await stack.declare({ instances: [{ name: "orders" }] });
    await stack.succeed("up");
    expect(await stack.changesAsked()).toEqual(["DELETE /api/2.0/database/instances/orders-pr-1? null"]);
    await stack.declare(declared());
    const { steps } = await stack.succeed("up");
    expect(steps).toContainEqual(expect.objectContaining({ op: "create", type: instanceType }));
    await stack.changesAsked();
    mayDelete("orders-pr-1", "orders");
    await stack.succeed("destroy");
    expect((await stack.changesAsked()).map((line) => line.split("?")[0])).toEqual([
      "DELETE /api/2.0/database/instances/orders-pr-1",
      "DELETE /api/2.0/database/instances/orders",
    ]);
  });
});
