// The provider's traps about settings: updates for ever, inputs that stick, tags that stay, drift that it hides.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startInstanceStack } from "../support/instance-program.ts";
import { ask, instanceOf } from "../support/workspace-control.ts";

const powerType = "pulumi-nodejs:dynamic/lakebase:InstancePower";
const path = "/api/2.0/database/instances/orders";

describe("settings of an instance", () => {
  let stack: Awaited<ReturnType<typeof startInstanceStack>>;
  let created: string[];
  const declare = (args: object) => stack.declare({ instances: [{ name: "orders", ...args }] });

  beforeAll(async () => {
    stack = await startInstanceStack({ instances: [{ name: "orders" }] });
    await stack.succeed("up");
    created = await stack.changesAsked();
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  it("omitted capacity is no update for ever", async () => {
    // A service that tells a capacity of its own would be contradicted by a program that sends none.
    expect(created).toEqual([expect.stringContaining('"capacity":"CU_1"')]);
    await stack.succeed("up", "--expect-no-changes");
    await stack.succeed("up", "--refresh", "--expect-no-changes");
    expect(await stack.changesAsked()).toEqual([]);
  });

  it("list order: tags in another order are no change", async () => {
    await declare({ customTags: { team: "payments", env: "dev" } });
    await stack.succeed("up");
    await stack.declare({
      instances: [{ name: "orders", customTags: { env: "dev", team: "payments" } }],
      tagsReversed: true,
    });
    await stack.succeed("up", "--expect-no-changes");
    await stack.changesAsked();
  });

  it("a tag that somebody added is told by a refresh and taken off again", async () => {
    const custom_tags = [{ key: "owner", value: "somebody" }];
    await ask(stack.workspace, "PATCH", `${path}?update_mask=custom_tags`, { custom_tags });
    await stack.succeed("up", "--refresh");
    expect((await instanceOf(stack.workspace, "orders")).effective_custom_tags).toEqual([
      { key: "env", value: "dev" },
      { key: "team", value: "payments" },
    ]);
    await stack.succeed("up", "--expect-no-changes");
    await stack.changesAsked();
  });

  it("customTags: [] really clears, even where the service ignores the provider's way to say it", async () => {
    // The provider's update is answered and not carried out.
    await ask(stack.workspace, "POST", "/local/faults", {
      method: "PATCH",
      path: "update_mask=capacity%2Ccustom_tags",
      times: 1,
      status: 200,
      body: JSON.stringify(await instanceOf(stack.workspace, "orders")),
    });
    await declare({ customTags: {} });
    await stack.succeed("up");
    expect((await stack.changesAsked()).at(-1)).toBe(
      `PATCH ${path}?update_mask=custom_tags {"name":"orders","custom_tags":[]}`,
    );
    expect(await instanceOf(stack.workspace, "orders")).not.toHaveProperty("effective_custom_tags");
    await stack.succeed("up", "--refresh", "--expect-no-changes");
    expect(await stack.changesAsked()).toEqual([]);
  });

  it("sticky inputs: whatever is removed from the program is reset", async () => {
    const given = { nodeCount: 2, enablePgNativeLogin: true, retentionWindowInDays: 20, capacity: "CU_4" };
    await declare({ ...given, enableReadableSecondaries: true, customTags: { team: "payments" } });
    await stack.succeed("up");
    await declare({});
    await stack.succeed("up");
    const after = await instanceOf(stack.workspace, "orders");
    expect(after).toMatchObject({
      effective_capacity: "CU_1",
      effective_node_count: 1,
      effective_enable_pg_native_login: false,
      effective_enable_readable_secondaries: false,
      effective_retention_window_in_days: 7,
    });
    expect(after).not.toHaveProperty("effective_custom_tags");
    await stack.changesAsked();
  });

  it("refresh that hides drift: a setting that the provider does not look at is told, and mended", async () => {
    await ask(stack.workspace, "PATCH", `${path}?update_mask=retention_window_in_days`, {
      retention_window_in_days: 3,
    });
    const { steps } = await stack.succeed("up", "--refresh");
    expect(steps).toContainEqual(expect.objectContaining({ op: "update", type: powerType }));
    expect(await stack.changesAsked()).toEqual([
      expect.stringMatching(/retention_window_in_days=?.*3/),
      `PATCH ${path}?update_mask=retention_window_in_days {"name":"orders","retention_window_in_days":7}`,
    ]);
    await stack.succeed("up", "--refresh", "--expect-no-changes");
  });
});
