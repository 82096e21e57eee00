// Which stack a command line means.
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { chosenStack, meansOwnDevStack } from "../../tools/dev-stack.ts";

let folder: string;
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "pulumi-lakebase-stack-"));
});
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

test.each([
  ["up -s dev", "dev"],
  ["--stack prod up", "prod"],
  ["up --stack=acme/lakebase/prod", "prod"],
  ["up -sdev", "dev"],
  ["stack init dev --non-interactive", "dev"],
  ["stack select prod", "prod"],
  ["stack output lakebase --json", undefined],
  ["config set instanceName dev", undefined],
  ["up", undefined],
])("pulumi %s means %s", async (line, stack) => {
  expect(await chosenStack(line.split(" "), {}, folder)).toBe(stack);
});

test("without a word, PULUMI_STACK counts, then what is selected for this project in this back end", async () => {
  const hash = createHash("sha1").update(path.join(folder, "Pulumi.yaml")).digest("hex");
  await fs.mkdir(path.join(folder, "home", "workspaces"), { recursive: true });
  await fs.writeFile(
    path.join(folder, "home", "workspaces", `lakebase-${hash}-workspace.json`),
    JSON.stringify({ stacks: { "file:///states": "organization/lakebase/staging" } }),
  );
  const env = { PULUMI_HOME: path.join(folder, "home"), PULUMI_BACKEND_URL: "file:///states" };
  expect(await chosenStack(["up"], env, folder)).toBe("staging");
  expect(await chosenStack(["up"], { ...env, PULUMI_STACK: "dev" }, folder)).toBe("dev");
  expect(await chosenStack(["up", "-s", "prod"], { ...env, PULUMI_STACK: "dev" }, folder)).toBe("prod");
  expect(await chosenStack(["up"], { ...env, PULUMI_BACKEND_URL: "file:///others" }, folder)).toBeUndefined();
});

test.each([
  [undefined, {}, true],
  ["dev", {}, true],
  ["prod", {}, false],
  [undefined, { PULUMI_BACKEND_URL: "file:///states" }, false],
  ["dev", { PULUMI_BACKEND_URL: "file:///states" }, false],
])("the stack %s with %j is the project's own dev stack: %s", (chosen, env, means) => {
  expect(meansOwnDevStack(chosen, env)).toBe(means);
});
