// Planted bugs, one for each invariant: they prove that the suite would find such a bug.
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PROJECT_DIR } from "../../tools/project.ts";
import type { Invariant } from "../violation.ts";

/** A bug and where it is planted. */
export interface Plant {
  /** What the bug is. */
  bug: string;
  /** What must find it. */
  finds: Invariant;
  /** A module that changes the local workspace's process. */
  preload?: string;
  /** Statements on each new database. */
  statements?: readonly string[];
  /** When a deployment after a failure adopts an instance: always without a plant. */
  adopts?: "never" | "at-first";
  /** Writes another Pulumi program into a folder and resolves to it. */
  makeProgram?: (folder: string) => Promise<string>;
}

/** The bugs by name. */
export const plants: Record<string, Plant> = {
  "early-acknowledgement": {
    bug: "PostgreSQL acknowledges a commit before it is written down",
    finds: "no acknowledged write lost",
    statements: ["ALTER DATABASE databricks_postgres SET synchronous_commit = off"],
  },
  "token-in-output": {
    bug: "the stack exports a credential",
    finds: "no token at rest",
    makeProgram: (folder) => writeProgram(folder, tokenInOutput),
  },
  "wrong-route": {
    bug: "the gateway now and then joins a client to another instance's server",
    finds: "no wrong-instance connection",
    preload: join(import.meta.dirname, "wrong-route.ts"),
  },
  "replace-on-resize": {
    bug: "a resize replaces the instance, whose deletion nothing prevents",
    finds: "no unexpected deletion",
    // Pulumi itself refuses to replace what is being imported.
    adopts: "at-first",
    makeProgram: (folder) => writeProgram(folder, replaceOnResize),
  },
  "lost-adoption": {
    bug: "an instance that a killed up has left is not adopted",
    finds: "convergence after faults",
    adopts: "never",
  },
};

const stackModule = JSON.stringify(pathToFileURL(join(PROJECT_DIR, "index.ts")).href);

const tokenInOutput = `
import * as pulumi from "@pulumi/pulumi";
import { openWorkspace } from "pulumi-lakebase/workspace";
const stack = await import(${stackModule});
export const lakebase = stack.lakebase;
export const password = pulumi.output(lakebase).apply(async ({ instance }) => {
  const workspace = await openWorkspace({ host: new pulumi.Config("databricks").require("host") });
  return (await workspace.generateDatabaseCredential({ instanceNames: [instance.name] })).token;
});
`;

const replaceOnResize = `
import * as pulumi from "@pulumi/pulumi";
pulumi.runtime.registerResourceTransform(({ type, props, opts }) =>
  type === "databricks:index/databaseInstance:DatabaseInstance"
    ? { props, opts: { ...opts, protect: false, deleteBeforeReplace: true, replaceOnChanges: ["capacity"], hooks: undefined } }
    : undefined,
);
const stack = await import(${stackModule});
export const lakebase = stack.lakebase;
`;

/** A program around the project's own stack, with the project's settings. */
async function writeProgram(folder: string, source: string): Promise<string> {
  await mkdir(join(folder, "node_modules"), { recursive: true });
  await symlink(PROJECT_DIR, join(folder, "node_modules/pulumi-lakebase"));
  await symlink(join(PROJECT_DIR, "node_modules/@pulumi"), join(folder, "node_modules/@pulumi"));
  await copyFile(join(PROJECT_DIR, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  await writeFile(join(folder, "package.json"), '{"name":"program","type":"module"}');
  await writeFile(join(folder, "index.ts"), source);
  return folder;
}
