// The provider's traps about which instance a stack has: another workspace, a name that does not exist, one that it lost.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startInstanceStack } from "../support/instance-program.ts";
import { type StackUnderTest, startStack } from "../support/stack.ts";
import { ask } from "../support/workspace-control.ts";

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

  it("orphan after a failure behind the POST: it is named at once, adopted, and neither doubled nor lost", async () => {
    await stack.declare({ instances: [{ name: "orders" }] });
    const fault = { method: "GET", path: "/database/instances/orders", times: 1, status: 500 };
    await ask(stack.workspace, "POST", "/local/faults", fault);
    const { code, output } = await stack.run("up");
    expect(code).not.toBe(0);
    expect(output).toContain('instance "orders" exists in the workspace, and this stack does not have it');
    expect(output).toContain("adoptExisting: true");
    await stack.declare({ instances: [{ name: "orders", adoptExisting: true }] });
    await stack.succeed("up");
    await stack.declare({ instances: [{ name: "orders" }] });
    await stack.succeed("up", "--expect-no-changes");
    expect((await stack.changesAsked()).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "POST /api/2.0/database/instances",
      // After an import the provider sends the settings once, the same that are in force.
      expect.stringMatching(/^PATCH \/api\/2\.0\/database\/instances\/orders\?/),
    ]);
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
