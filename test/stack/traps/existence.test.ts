// The provider's traps about which instance a stack has: another workspace, a name that does not exist, one that it lost.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startInstanceStack } from "../support/instance-program.ts";
import { type StackUnderTest, startStack } from "../support/stack.ts";
import { ask, instanceOf, reach } from "../support/workspace-control.ts";

describe("the instance of a stack", () => {
  let stack: Awaited<ReturnType<typeof startInstanceStack>>;
  let elsewhere: StackUnderTest;

  beforeAll(async () => {
    stack = await startInstanceStack({ instances: [{ name: "orders" }] });
    // Another workspace, which comes with a stack that nothing is done with.
    elsewhere = await startStack();
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await elsewhere?.[Symbol.asyncDispose]();
  });

  it("import of a non-existing name does not succeed", async () => {
    await stack.declare({ instances: [{ name: "orders", adoptExisting: true }] });
    for (const command of ["preview", "up"]) {
      const { code, output } = await stack.run(command);
      expect(code).not.toBe(0);
      expect(output).toMatch(/wants an instance that does not exist in http.*given: "orders"/);
    }
    expect(await stack.state()).not.toContain("databaseInstance:DatabaseInstance");
    expect(await stack.changesAsked()).toEqual([]);
  });

  it("orphan after a failure behind the POST: it is in the stack at once, and neither doubled nor lost", async () => {
    await stack.declare({ instances: [{ name: "orders" }] });
    const fault = {
      method: "GET",
      path: "/database/instances/orders",
      user_agent: "long-running",
      status: 500,
    };
    await ask(stack.workspace, "POST", "/local/faults", fault);
    const { code, output } = await stack.run("up");
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /instance "orders": its creation failed after .* it is in the stack now\. fix: run `pulumi up`/,
    );
    const { uid } = await instanceOf(stack.workspace, "orders");
    await stack.succeed("up");
    await stack.succeed("up", "--expect-no-changes");
    expect((await stack.changesAsked()).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "POST /api/2.0/database/instances",
      // The provider does not read all settings, and so sends them once, the same that are in force.
      expect.stringMatching(/^PATCH \/api\/2\.0\/database\/instances\/orders\?/),
    ]);
    expect((await instanceOf(stack.workspace, "orders")).uid).toBe(uid);
  });

  it("somebody else's instance under the same name is never taken: it is named, with the way to adopt it", async () => {
    await ask(stack.workspace, "POST", "/api/2.0/database/instances", { name: "theirs", capacity: "CU_1" });
    await reach(stack.workspace, "theirs", "AVAILABLE");
    const before = await instanceOf(stack.workspace, "theirs");
    await stack.changesAsked();
    await stack.declare({ instances: [{ name: "orders" }, { name: "theirs" }] });
    // Also when the answer is lost, so that the error does not say that the name is taken.
    for (const faults of [[], [{ method: "POST", path: "/instances$", drop: "before" }]]) {
      for (const fault of faults) await ask(stack.workspace, "POST", "/local/faults", fault);
      const { code } = await stack.run("up");
      expect(code).not.toBe(0);
      expect(await stack.state()).not.toContain(String(before.uid));
    }
    const { output } = await stack.run("up");
    expect(output).toContain('instance "theirs" exists in the workspace, and this stack does not have it');
    expect(output).toContain("adoptExisting: true");
    await stack.declare({ instances: [{ name: "orders" }, { name: "theirs", adoptExisting: true }] });
    await stack.succeed("up");
    expect((await instanceOf(stack.workspace, "theirs")).uid).toBe(before.uid);
    await stack.declare({ instances: [{ name: "orders" }, { name: "theirs" }] });
    await stack.succeed("up", "--expect-no-changes");
    await stack.changesAsked();
  });

  it("a workspace id that changes replaces nothing: the preview says where the instance is", async () => {
    const { apiUrl, token } = elsewhere.workspace;
    await stack.configure({ "databricks:host": apiUrl, "databricks:token": token });
    for (const command of ["preview", "up"]) {
      const { code, output } = await stack.run(command);
      expect(code).not.toBe(0);
      expect(output).toContain(`(${stack.workspace.apiUrl}), and this stack now points to workspace`);
    }
    expect(await elsewhere.changesAsked()).toEqual([]);
    expect(await stack.changesAsked()).toEqual([]);
  });

  it("a workspace under another address is the same workspace", async () => {
    const { port } = new URL(stack.workspace.apiUrl);
    await stack.configure({
      "databricks:host": `http://localhost:${port}`,
      "databricks:token": stack.workspace.token,
    });
    await stack.succeed("up", "--expect-no-changes");
  });
});
