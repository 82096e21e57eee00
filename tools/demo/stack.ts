// The demo's stack: the project's own program on the engine, with settings, state and home of its own.
import fs from "node:fs/promises";
import path from "node:path";
import { createDevStack } from "../dev-stack.ts";
import { PROJECT_DIR } from "../project.ts";
import { failureOf, run, runInForeground } from "../support/index.ts";
import { DemoError } from "./error.ts";
import type { DemoWorkspace } from "./local-workspace.ts";

/** A stack the demo works on. */
export interface DemoStack {
  /** The stack's settings, a copy of Pulumi.dev.yaml for this workspace. */
  readonly configFile: string;
  /** Runs `pulumi <command>`, with its output on this terminal. */
  deploy(command: string, ...args: string[]): Promise<void>;
  /** Changes a setting. */
  configure(settings: Record<string, string>): Promise<void>;
  /** Writes the `lakebase` output to a file, as `pulumi stack output lakebase --json` prints it. */
  writeExports(file: string): Promise<void>;
}

/** Makes the stack in the environment's back end and points it at the workspace. */
export async function createStack(
  pulumi: string,
  env: NodeJS.ProcessEnv,
  folder: string,
  { ready }: DemoWorkspace,
  signal: AbortSignal,
): Promise<DemoStack> {
  const configFile = path.join(folder, "Pulumi.dev.yaml");
  await fs.copyFile(path.join(PROJECT_DIR, "Pulumi.dev.yaml"), configFile);
  await createDevStack(pulumi, env);

  const quietly = async (...args: string[]): Promise<string> => {
    const result = await run(pulumi, args, { cwd: PROJECT_DIR, env });
    signal.throwIfAborted();
    if (result.code !== 0) throw new DemoError(failureOf(`pulumi ${args.slice(0, 3).join(" ")}`, result));
    return result.stdout;
  };
  const stack: DemoStack = {
    configFile,
    async deploy(command, ...args) {
      const all = [command, "--config-file", configFile, ...args];
      const code = await runInForeground(pulumi, all, { cwd: PROJECT_DIR, env });
      signal.throwIfAborted();
      if (code !== 0) throw new DemoError(`pulumi ${command} ended with code ${code}`);
    },
    async configure(settings) {
      const pairs = Object.entries(settings).flatMap(([key, value]) => ["--plaintext", `${key}=${value}`]);
      await quietly("config", "set-all", "--config-file", configFile, ...pairs);
    },
    writeExports: async (file) => fs.writeFile(file, await quietly("stack", "output", "lakebase", "--json")),
  };
  await stack.configure({
    "databricks:host": ready.apiUrl,
    port: String(ready.postgresPort),
    sslRootCert: ready.caFile,
  });
  return stack;
}
