// The documents: every link between files leads somewhere, and the README's program is one that compiles.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const documents = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "" && !file.startsWith("test/"));

describe("documents", () => {
  it.each(documents)("%s links only to what is there", (file) => {
    const text = readFileSync(join(root, file), "utf8").replaceAll(/```.*?```/gs, "");
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
    const local = targets.filter((target) => !/^[a-z]+:|^#/.test(target));
    const missing = local.filter(
      (target) => !existsSync(join(root, dirname(file), target.replace(/#.*$/, ""))),
    );
    expect(missing).toEqual([]);
  });

  it("README's program compiles", async () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const programs = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, program]) => program as string);
    expect(programs.length).toBeGreaterThan(0);
    for (const [index, program] of programs.entries()) {
      // Inside the project, where the package's own name leads to what is published.
      const file = join(root, "test/docs", `readme-${index}-${process.pid}.ts`);
      await writeFile(file, program);
      try {
        expect(problemsOf(file)).toEqual([]);
      } finally {
        await rm(file);
      }
    }
  });
});

function problemsOf(file: string): string[] {
  const compiled = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2024,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
  });
  return ts
    .getPreEmitDiagnostics(compiled)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
