// The policy pack in the real engine: it stops what its policies forbid, by its configuration, and lets the rest pass.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type StackUnderTest, startStack } from "./support/stack.ts";

const pack = join(import.meta.dirname, "../../policy-pack");

describe("a stack under the policy pack", () => {
  let stack: StackUnderTest;
  let options: string[];

  beforeAll(async () => {
    stack = await startStack({ config: { "lakebase:capacity": "CU_8" } });
    const configuration = join(stack.folder, "policies.json");
    const ceiling = { maximumCapacity: "CU_2" };
    await writeFile(configuration, JSON.stringify({ "lakebase-capacity-ceiling": ceiling }));
    options = ["--policy-pack", pack, "--policy-pack-config", configuration];
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  it("is stopped above the ceiling before anything is sent, with the reason and the fix", async () => {
    const { code, output } = await stack.run("preview", ...options);
    expect(code).not.toBe(0);
    expect(output).toContain("lakebase-capacity-ceiling");
    expect(output).toContain("the ceiling is CU_2");
    expect(await stack.changesAsked()).toEqual([]);
  });

  it("passes below it", async () => {
    await stack.configure({ "lakebase:capacity": "CU_2" });
    const { output } = await stack.succeed("preview", ...options);
    expect(output).toContain("lakebase");
    expect(output).not.toContain("[mandatory]");
  });
});
