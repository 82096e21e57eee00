// What importing the client loads: no Pulumi, and no Databricks SDK before a workspace is asked.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const script = `
import { registerHooks } from "node:module";
const loaded = new Set();
registerHooks({
  load(url, context, next) {
    loaded.add(url);
    return next(url, context);
  },
});
const { createLakebasePool } = await import(${JSON.stringify(new URL("../../client/index.ts", import.meta.url).href)});
const pool = createLakebasePool({ instanceName: "orders", env: {} });
await pool.end();
process.stdout.write(JSON.stringify([...loaded]));
`;

it("loads pg, and neither Pulumi nor the Databricks SDK nor anything of the local workspace", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  const packages = new Set<string>();
  const own = new Set<string>();
  for (const url of JSON.parse(stdout) as string[]) {
    const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
    if (name !== undefined) packages.add(name);
    else if (url.startsWith("file:"))
      own.add(/\/(client|lakebase|local|components|tools)\//.exec(url)?.[1] ?? url);
  }
  expect([...packages].filter((name) => !/^(pg|pg-.*|pgpass|postgres-.*|split2|xtend)$/.test(name))).toEqual(
    [],
  );
  expect(packages).toContain("pg");
  expect([...own].sort()).toEqual(["client", "lakebase"]);
});
