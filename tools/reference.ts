// Writes docs/reference/ from the doc comments: node tools/reference.ts
import fs from "node:fs/promises";
import path from "node:path";
import { PROJECT_DIR } from "./project.ts";
import { configurationPage } from "./reference/configuration.ts";
import { errorsPage } from "./reference/errors-page.ts";
import { type EntryPoint, gapsOf, pageOf, readEntryPoints } from "./reference/index.ts";

/** Page of each entry point. `pulumi-lakebase/provider` has none: only what the package itself declares loads it. */
const pages: Readonly<Record<string, { file: string; source: string }>> = {
  "pulumi-lakebase": { file: "components.md", source: "components/index.ts" },
  "pulumi-lakebase/client": { file: "client.md", source: "client/index.ts" },
  "pulumi-lakebase/policy": { file: "policy.md", source: "policy/index.ts" },
  "pulumi-lakebase/review": { file: "review.md", source: "review/index.ts" },
  "pulumi-lakebase/rules": { file: "rules.md", source: "lakebase/rules/index.ts" },
  "pulumi-lakebase/workspace": { file: "workspace.md", source: "lakebase/workspace/index.ts" },
  "pulumi-lakebase/connection": { file: "connection.md", source: "lakebase/connection/index.ts" },
};

/** What programs and applications import: there every member has a comment. */
const forPrograms = new Set(["", "/client", "/policy", "/review"].map((path) => `pulumi-lakebase${path}`));

/** The reference: its files by their path in the project, and what the doc comments leave open. */
export async function reference(): Promise<{ files: Record<string, string>; gaps: string[] }> {
  const sources = Object.entries(pages).map(([specifier, { source }]) => [specifier, source] as const);
  const entries = readEntryPoints(Object.fromEntries(sources));
  const project = await fs.readFile(path.join(PROJECT_DIR, "Pulumi.yaml"), "utf8");
  const own = entries.map(
    (entry) => [`docs/reference/${pages[entry.specifier]?.file}`, pageOf(entry)] as const,
  );
  return {
    files: {
      "docs/reference/README.md": contents(entries),
      "docs/reference/configuration.md": configurationPage(project),
      "docs/reference/errors.md": errorsPage(),
      ...Object.fromEntries(own),
    },
    gaps: entries.flatMap((entry) => gapsOf(entry, forPrograms.has(entry.specifier))),
  };
}

function contents(entries: readonly EntryPoint[]): string {
  const rows = entries.map(
    ({ specifier, purpose, items }) =>
      `| [\`${specifier}\`](${pages[specifier]?.file}) | ${purpose} | ${items.length} |`,
  );
  return `# Reference

<!-- Generated from the doc comments by tools/reference.ts. -->

| import | what it is | items |
|---|---|---|
${rows.join("\n")}

[configuration.md](configuration.md) has the settings of the ready stack, [exports.md](../exports.md) its output,
[errors.md](errors.md) every error text, and the [guide](../guide/README.md) how things are done. A type \`Input<T>\` is Pulumi's: a value, a promise or another resource's
output. \`pulumi-lakebase/provider\` is not for programs: the dynamic resources load it when they run.
`;
}

if (import.meta.main) {
  const { files, gaps } = await reference();
  for (const [file, text] of Object.entries(files)) {
    await fs.mkdir(path.dirname(path.join(PROJECT_DIR, file)), { recursive: true });
    await fs.writeFile(path.join(PROJECT_DIR, file), text);
    console.log(`${file}: written`);
  }
  for (const gap of gaps) console.error(gap);
  if (gaps.length > 0) process.exitCode = 1;
}
