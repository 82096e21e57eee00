// The documents' commands, run as a reader runs them: from the first deployment on, in one checkout.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROJECT_DIR } from "../../tools/project.ts";
import { mayDelete } from "../support/deletion-ledger.ts";
import { type Block, blocksOf, patternOf } from "./support/blocks.ts";
import { type Checkout, makeCheckout } from "./support/checkout.ts";

const first = "docs/guide/first-deploy.md";
const documents = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md"], {
  cwd: PROJECT_DIR,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => /^(README\.md|CONTRIBUTING\.md|docs\/|examples\/)/.test(file))
  .sort((left, right) => Number(right === first) - Number(left === first));
const blocks = new Map(
  documents.map((file) => [file, blocksOf(readFileSync(path.join(PROJECT_DIR, file), "utf8"))]),
);
const all = [...blocks].flatMap(([file, list]) => list.map((block) => ({ ...block, file })));
const commands = all.filter(({ language }) => language === "sh");

/** Stands before what each block prints. */
const sign = "=== block ";

describe("code blocks", () => {
  it("name their language, so that no command hides in one", () => {
    const known = ["sh", "ts", "json", "yaml", "text", "mermaid", "python", "sql"];
    expect(all.filter(({ language }) => !known.includes(language)).map(where)).toEqual([]);
  });

  it("are fenced, not indented", () => {
    const indented = documents.filter((file) => {
      const text = readFileSync(path.join(PROJECT_DIR, file), "utf8").replaceAll(
        /^( *)```[\s\S]*?^\1```$/gm,
        "",
      );
      return /\n\n {4}(npm|npx|pulumi|node|export) /.test(text);
    });
    expect(indented).toEqual([]);
  });

  it("are few that are not run, each with a reason that names why, or the test that does", () => {
    const left = commands.filter(({ notRun }) => notRun !== undefined);
    for (const { notRun = "" } of left)
      for (const [named] of notRun.matchAll(/test\/[\w./-]*\w/g))
        expect(() => execFileSync("ls", [path.join(PROJECT_DIR, named)])).not.toThrow();
    expect(left.filter(({ notRun = "" }) => notRun.split(" ").length < 3).map(where)).toEqual([]);
    expect(left.length).toBeLessThanOrEqual(24);
    expect(commands.length - left.length).toBeGreaterThanOrEqual(25);
  });

  it("name scripts that package.json has", () => {
    const { scripts } = JSON.parse(readFileSync(path.join(PROJECT_DIR, "package.json"), "utf8"));
    const named = commands.flatMap(({ text }) =>
      [...text.matchAll(/npm run (?:--silent )?(\w+)/g)].map(([, name]) => name as string),
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe("a text block after a command", () => {
  it("stands for what is printed", () => {
    const pattern = patternOf("a …\n…\nz (1)");
    expect("x\na b\nc\nd\nz (1)\n").toMatch(pattern);
    expect("a b\nz (2)\n").not.toMatch(pattern);
  });
});

describe("a reader's checkout", () => {
  let checkout: Checkout;

  beforeAll(async () => {
    // The clones that the documents make and take away.
    mayDelete("lakebase-dev-incident", "lakebase-dev-pr-123");
    checkout = await makeCheckout();
  }, 300_000);
  afterAll(async () => {
    await checkout?.[Symbol.asyncDispose]();
  });

  // Several examples begin with the same commands: those are run once.
  const scripts = new Map(documents.map((file) => [file, scriptOf((blocks.get(file) ?? []).filter(isRun))]));
  const runnable = documents.filter((file, at) => {
    const script = scripts.get(file) ?? "";
    return script !== "" && !documents.slice(0, at).some((earlier) => scripts.get(earlier) === script);
  });

  it.each(runnable)(
    "%s",
    async (file) => {
      const list = (blocks.get(file) ?? []).filter(isRun);
      await checkout.startWorkspace();
      const { code, stdout, stderr } = await checkout.run(scriptOf(list));
      const printed = stdout.split(new RegExp(`${sign}\\d+\\n`)).slice(1);
      const at = list[printed.length - 1];
      expect(code, `${file}:${at?.line}\n${at?.text}\n${stdout.slice(-3_000)}\n${stderr.slice(-3_000)}`).toBe(
        0,
      );
      for (const [index, { prints }] of list.entries())
        if (prints !== undefined) expect(printed[index]).toMatch(patternOf(prints));
    },
    300_000,
  );
});

function isRun({ language, notRun, keepsRunning }: Block): boolean {
  return language === "sh" && notRun === undefined && !keepsRunning;
}

/** One shell for a document, as a reader has one; a sign before each block tells their output apart. */
function scriptOf(list: readonly Block[]): string {
  return list.map(({ text }, index) => `printf '${sign}%s\\n' ${index}\n${text}`).join("\n");
}

function where({ file, line }: { file: string; line: number }): string {
  return `${file}:${line}`;
}
