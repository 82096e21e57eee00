// Writes docs/exports.schema.json and docs/exports.md from the schema: node tools/exports-reference.ts
import fs from "node:fs/promises";
import path from "node:path";
import { exportsSchema } from "../lakebase/rules/exports-schema.ts";
import { PROJECT_DIR } from "./project.ts";

/** A part of the schema, as far as the page shows it. */
interface SchemaPart {
  readonly type?: string;
  readonly const?: unknown;
  readonly description?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaPart>>;
}

/** An export in full, as the page shows it. */
const example = {
  schemaVersion: 1,
  instance: {
    name: "orders",
    uid: "6f1d0c9e-3f0a-4f39-9a3c-5d2f0c1b7a10",
    capacity: "CU_2",
    memoryGb: 32,
    state: "AVAILABLE",
    stopped: false,
  },
  endpoint: {
    readWriteDns: "instance-6f1d0c9e-3f0a-4f39-9a3c-5d2f0c1b7a10.database.cloud.databricks.com",
    port: 5432,
    sslMode: "verify-full",
  },
  database: { name: "databricks_postgres" },
  catalog: { name: "operational" },
  workspace: { host: "https://dbc-1234.cloud.databricks.com" },
  verification: {
    outcome: "verified",
    serverVersion: "PostgreSQL 16.9",
    tlsVersion: "TLSv1.3",
    userName: "ann@example.com",
    checkedAt: "2026-06-01T12:00:00.000Z",
  },
};

/** What the two files hold, by their path in the project. */
export function exportsReference(): Record<string, string> {
  return {
    "docs/exports.schema.json": `${formatted(exportsSchema)}\n`,
    "docs/exports.md": page(exportsSchema),
  };
}

/** With short lists on one line, as the formatter has them. */
function formatted(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(/\[\s+("[^\]]*?")\s+\]/g, (_all, items: string) => {
    return `[${items.replace(/\s*\n\s*/g, " ")}]`;
  });
}

function page(schema: SchemaPart): string {
  return `# The exports: what applications read

<!-- Generated from lakebase/rules/exports-schema.ts by tools/exports-reference.ts. -->

A stack has one output, \`lakebase\`. ${schema.description ?? ""} It holds no
secret: it can be kept in a repository, a build log or an environment variable. Its shape has a version; an application
that was written for a version works with every later stack of the same version.

\`\`\`sh
pulumi stack output lakebase --json > lakebase.json
npx pulumi-lakebase env > .env                              # PGHOST, PGDATABASE, LAKEBASE_INSTANCE_NAME, …
eval "$(npx pulumi-lakebase env --format shell)"            # the same for this shell
npx pulumi-lakebase env --format app.yaml                   # the part that an app's app.yaml holds
\`\`\`

\`createLakebasePool({ exports: "lakebase.json" })\` reads it in Node ([client.md](client.md)). Programs in other languages
validate it against [exports.schema.json](exports.schema.json), which the package has as
\`pulumi-lakebase/exports.schema.json\`.

| Member | Type | Always there | Meaning |
|---|---|---|---|
${rows(schema, "").join("\n")}

An optional member that has no value is missing: it is never empty and never null.

## Example

\`\`\`json
${JSON.stringify(example, undefined, 2)}
\`\`\`
`;
}

function rows({ properties = {}, required = [] }: SchemaPart, path: string): string[] {
  return Object.entries(properties).flatMap(([name, part]) => {
    const isThere = required.includes(name) ? "yes" : "no";
    const type = "const" in part ? `\`${JSON.stringify(part.const)}\`` : part.type;
    return [
      `| \`${path}${name}\` | ${type} | ${isThere} | ${part.description ?? ""} |`,
      ...rows(part, `${path}${name}.`),
    ];
  });
}

if (import.meta.main) {
  for (const [file, text] of Object.entries(exportsReference())) {
    await fs.writeFile(path.join(PROJECT_DIR, file), text);
    console.log(`${file}: written`);
  }
}
