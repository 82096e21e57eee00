// LakebaseInstance: what it declares, with which protection, and how it refuses bad arguments.
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { LakebaseInstance, type LakebaseInstanceArgs } from "../../components/index.ts";
import { mistakenInstances } from "../lakebase/rules/mistaken-instances.ts";
import { promiseOf, record } from "./support/mocks.ts";

const instanceType = "databricks:index/databaseInstance:DatabaseInstance";
const identityType = "pulumi-nodejs:dynamic/lakebase:InstanceIdentity";
const powerType = "pulumi-nodejs:dynamic/lakebase:InstancePower";

const declare = (args: LakebaseInstanceArgs, opts: pulumi.ComponentResourceOptions = {}) =>
  record((capture) => new LakebaseInstance("db", args, { ...opts, transformations: [capture] }));

describe("LakebaseInstance", () => {
  it("sends every default, so that removing an argument resets it", async () => {
    const { recording } = await declare({ name: "orders" });
    expect(recording.only(instanceType)).toEqual({
      type: instanceType,
      name: "db",
      inputs: {
        name: "orders",
        capacity: "CU_1",
        nodeCount: 1,
        enableReadableSecondaries: false,
        enablePgNativeLogin: false,
        retentionWindowInDays: 7,
        customTags: [],
      },
    });
  });

  it("judges readable secondaries with the nodes when both are known", async () => {
    const make = (nodeCount: pulumi.Input<number>, enableReadableSecondaries: pulumi.Input<boolean>) =>
      record(
        (capture) =>
          new LakebaseInstance(
            "db",
            { name: "orders", nodeCount, enableReadableSecondaries },
            { transformations: [capture] },
          ),
      );
    const pairs: [pulumi.Input<number>, pulumi.Input<boolean>][] = [
      [pulumi.output(2), true],
      [pulumi.output(2), pulumi.output(true)],
      [2, pulumi.output(true)],
    ];
    for (const [nodes, secondaries] of pairs) {
      const { recording } = await make(nodes, secondaries);
      expect(recording.only("databricks:index/databaseInstance:DatabaseInstance").inputs).toMatchObject({
        nodeCount: 2,
        enableReadableSecondaries: true,
      });
    }
    await expect(make(1, true)).rejects.toThrow(/needs a second node/);
  });

  it("passes on what is given, tags in one order whatever the program's", async () => {
    const args = {
      name: "orders",
      capacity: "CU_4",
      nodeCount: 2,
      enableReadableSecondaries: true,
      enablePgNativeLogin: true,
      retentionWindowInDays: 14,
      usagePolicyId: "policy-1",
    };
    const first = await declare({ ...args, customTags: { team: "payments", env: "dev" } });
    const second = await declare({ ...args, customTags: { env: "dev", team: "payments" } });
    const { inputs } = first.recording.only(instanceType);
    expect(inputs).toEqual({
      ...args,
      customTags: [
        { key: "env", value: "dev" },
        { key: "team", value: "payments" },
      ],
    });
    expect(second.recording.only(instanceType).inputs).toEqual(inputs);
  });

  it("makes a clone by the service's own reference", async () => {
    const { recording } = await declare({
      name: "copy",
      parent: { name: "orders", branchTime: "2026-01-31T10:00:00Z" },
    });
    expect(recording.only(instanceType).inputs.parentInstanceRef).toEqual({
      name: "orders",
      branchTime: "2026-01-31T10:00:00Z",
    });
    // Any update of a clone by the provider is a replacement: it is never given one to make.
    expect(recording.optionsOf(instanceType).ignoreChanges).toEqual(
      expect.arrayContaining(["capacity", "nodeCount", "customTags", "retentionWindowInDays"]),
    );
    expect(recording.only(identityType).inputs.parent).toBe("orders at 2026-01-31T10:00:00Z");
  });

  it("leaves `stopped` to the power resource, which waits", async () => {
    const { recording } = await declare({ name: "orders", stopped: true });
    expect(recording.only(instanceType).inputs).not.toHaveProperty("stopped");
    expect(recording.only(powerType).inputs).toMatchObject({ instanceName: "orders", stopped: true });
    expect(recording.only(powerType).inputs).not.toHaveProperty("startOnly");
  });

  it("protects the database, and replaces instead of updating another one when it is renamed", async () => {
    const { recording } = await declare({ name: "orders" });
    expect(recording.optionsOf(instanceType)).toMatchObject({ protect: true, replaceOnChanges: ["name"] });
  });

  it.each([true, false])("follows an explicit protect: %s", async (protect) => {
    const { recording } = await declare({ name: "orders" }, { protect });
    expect(recording.optionsOf(instanceType).protect).toBe(protect);
  });

  it("brings the settled instance's facts out", async () => {
    const { result } = await declare({ name: "orders", capacity: "CU_8" });
    expect(await promiseOf(pulumi.output({ ...outputsOf(result) }))).toEqual({
      name: "orders",
      uid: "uid-of-orders",
      readWriteDns: "instance-of-orders.database.example.com",
      readOnlyDns: "",
      port: 5432,
      state: "AVAILABLE",
      stopped: false,
      capacity: "CU_8",
      memoryGb: 128,
    });
  });

  it("knows name, capacity, memory and port in a preview, and nothing that it cannot know", async () => {
    const { result } = await record(
      (capture) => new LakebaseInstance("db", { name: "orders" }, { transformations: [capture] }),
      { preview: true },
    );
    const { name, uid, readWriteDns, readOnlyDns, port, capacity, memoryGb } = outputsOf(result);
    expect(
      await Promise.all(
        [name, port, capacity, memoryGb, readOnlyDns].map((output) => promiseOf<unknown>(output)),
      ),
    ).toEqual(["orders", 5432, "CU_1", 16, ""]);
    expect(
      await Promise.all(
        [uid, readWriteDns].map((output) => (output as unknown as { isKnown: Promise<boolean> }).isKnown),
      ),
    ).toEqual([false, false]);
  });

  it.each(mistakenInstances)("declares nothing of an instance with %s", async (_, specification, path) => {
    const args = { name: "orders", ...specification } as LakebaseInstanceArgs;
    const { recording, result } = await record(() => {
      try {
        new LakebaseInstance("db", args);
      } catch (error) {
        return error;
      }
    });
    expect(pulumi.RunError.isInstance(result)).toBe(true);
    expect((result as Error).message).toContain(`- ${path}: `);
    expect((result as Error).message).toMatch(/allowed: .+\n {6}fix: .+/);
    expect(recording.resources.filter(({ type }) => !type.startsWith("lakebase:"))).toEqual([]);
  });

  it("takes an existing instance under management when it is told to", async () => {
    const { recording } = await declare({ name: "orders", adoptExisting: true });
    expect(recording.optionsOf(instanceType).import).toBe("orders");
    expect((await declare({ name: "orders" })).recording.optionsOf(instanceType).import).toBeUndefined();
  });

  it("cannot adopt an instance whose name is not known before the deployment", async () => {
    await expect(declare({ name: pulumi.output("orders"), adoptExisting: true })).rejects.toThrow(
      /adoptExisting: needs a name that is known/,
    );
  });

  it("throws every problem at once, as a message without a stack, and declares nothing", async () => {
    const { recording, result } = await record(() => {
      try {
        new LakebaseInstance("db", { name: "my db", capacity: "CU_3", nodeCount: 9 });
      } catch (error) {
        return error;
      }
    });
    expect(pulumi.RunError.isInstance(result)).toBe(true);
    expect((result as Error).message).toMatch(
      /LakebaseInstance "db": 3 problems.*name:.*capacity:.*nodeCount:/s,
    );
    expect(recording.resources.filter(({ type }) => type === instanceType)).toEqual([]);
  });
});

function outputsOf(instance: LakebaseInstance) {
  const { name, uid, readWriteDns, readOnlyDns, port, state, stopped, capacity, memoryGb } = instance;
  return { name, uid, readWriteDns, readOnlyDns, port, state, stopped, capacity, memoryGb };
}
