// The documents: every link between files leads somewhere, and the README's program is one that compiles.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const options = { cwd: root, encoding: "utf8" } as const;
const documents = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md"], options)
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(root, file)))
  .filter((file) => !file.startsWith("test/") || file === "test/review/reader-check.md");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const withoutCode = (text: string) =>
  text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, "").replaceAll(/`[^`\n]*`/g, "`x`");
const linksOf = (file: string) =>
  [...withoutCode(read(file)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file: string): Set<string> {
  const text = read(file).replaceAll(/^( *)```[\s\S]*?^\1```$/gm, "");
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading as string);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replace(/\s/g, "-"),
    ),
  );
}

describe("documents", () => {
  it.each(documents)("%s links only to what is there", (file) => {
    const local = linksOf(file).filter((target) => !/^[a-z]+:/.test(target));
    const missing = local.filter((target) => {
      const [path = "", anchor] = target.split("#");
      const led = path === "" ? file : join(dirname(file), path);
      if (!existsSync(join(root, led))) return true;
      return anchor !== undefined && led.endsWith(".md") && !anchorsOf(led).has(anchor);
    });
    expect(missing).toEqual([]);
  });

  it("link outside only to what is on this list, which no test visits", () => {
    const outside = documents.flatMap(linksOf).filter((target) => /^[a-z]+:/.test(target));
    expect([...new Set(outside)].sort()).toEqual(["https://www.pulumi.com"]);
  });

  it("quote, in the troubleshooting, texts that the product or its tools print", () => {
    const code = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts"], options)
      .split("\n")
      .filter((file) => /^(bin|client|components|lakebase)\//.test(file) && existsSync(join(root, file)))
      .map(read)
      .join("\n");
    // Of Pulumi's engine and of PostgreSQL.
    const foreign = [
      "unable to replace",
      "unable to delete resource",
      "protect",
      "the stack is currently locked",
      "pending operations from previous deployment",
      "incorrect passphrase",
      "no resource plugin 'pulumi-resource-databricks'",
      "password authentication failed",
      "permission denied for database",
      "lakebase:instanceName",
    ];
    const rows = read("docs/guide/troubleshooting.md")
      .split("\n")
      .filter((line) => line.startsWith("| "));
    const quoted = rows.flatMap((row) =>
      [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, text]) => text),
    );
    expect(quoted.length).toBeGreaterThan(60);
    expect(quoted.filter((text = "") => !code.includes(text) && !foreign.includes(text))).toEqual([]);
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
