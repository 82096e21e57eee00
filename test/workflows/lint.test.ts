// The workflow files by the linters that their platforms' users have: YAML, schemas, actionlint, shellcheck.
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { PROJECT_DIR } from "../../tools/project.ts";
import { type Linters, lint, prepareLinters } from "./support/linters.ts";
import { filesOf, type Platform, platforms, scriptsOf } from "./support/scripts.ts";

const schemas: Record<Platform, string> = {
  "azure-devops": "vendor.azure-pipelines",
  github: "vendor.github-workflows",
  gitlab: "vendor.gitlab-ci",
};

let linters: Linters;
beforeAll(async () => {
  linters = await prepareLinters();
}, 600_000);

describe.each(platforms)("workflows/%s", (platform) => {
  const files = filesOf(platform);

  it("is good YAML", async () => {
    const rules = path.join(PROJECT_DIR, "workflows/.yamllint");
    expect(await lint(linters.yamllint, ["--strict", "-c", rules, ...files])).toBe("");
  });

  it("has the platform's schema", async () => {
    const options = ["--regex-variant", "nonunicode", "--builtin-schema", schemas[platform]];
    const transform = platform === "azure-devops" ? ["--data-transform", "azure-pipelines"] : [];
    const told = await lint(linters.checkJsonschema, [...options, ...transform, ...files]);
    expect(told.slice(0, 2_000)).toBe("");
  });

  it.each(scriptsOf(platform))("$name passes shellcheck", async ({ text }) => {
    // GitHub's expressions and Azure's macros are put in before a shell sees the script.
    const plain = text
      .replace(/\$\{\{.*?\}\}/g, "x")
      .replace(/\$\([A-Z][A-Za-z]+(\.\w+)+\)|\$\(cloneFolder\)/g, "x");
    const script = `set -euo pipefail\n${plain}`;
    expect(await lint(linters.shellcheck, ["--shell", "bash", "-"], script)).toBe("");
  });
});

it("GitHub's files pass actionlint", async () => {
  const args = ["-shellcheck", linters.shellcheck, ...filesOf("github")];
  expect(await lint(linters.actionlint, args)).toBe("");
});

it("a linter that finds something is heard", async () => {
  expect(await lint(linters.shellcheck, ["--shell", "bash", "-"], "echo $x")).toContain("SC2086");
  const wrong = "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{}]}}\n";
  expect(await lint(linters.actionlint, ["-"], wrong)).toContain("step");
});
