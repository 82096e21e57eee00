// Node processes for programs and plugins: how the project's options change them, and that none outlives the host.
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import type { languagePb } from "./messages.ts";

/** How a process ended. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when it could not be started. */
  readonly error?: Error;
}

/** Starts Node; `ended` never rejects. */
export function spawnNode(
  args: readonly string[],
  options: SpawnOptions,
): { readonly process: ChildProcess; readonly ended: Promise<End> } {
  // By name, so that it is the Node the engine's PATH says, as with the official host.
  const child = spawn("node", args, options);
  const end = () => void child.kill("SIGTERM");
  process.once("exit", end);
  const ended = new Promise<End>((resolve) => {
    child.once("error", (error) => resolve({ code: null, signal: null, error }));
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  return { process: child, ended: ended.finally(() => process.off("exit", end)) };
}

/** The file of one of the SDK's commands as the program in this folder has it installed. */
export function sdkCommand(name: string, folder: string): string | undefined {
  try {
    return createRequire(path.join(folder, "program.js")).resolve(`@pulumi/pulumi/cmd/${name}/index.js`);
  } catch {
    return undefined;
  }
}

/** What the runtime options of Pulumi.yaml mean for Node. */
export function nodeOptions(info: languagePb.ProgramInfo | undefined): {
  nodeArguments: string[];
  env: NodeJS.ProcessEnv;
} {
  const options = (info?.getOptions()?.toJavaScript() ?? {}) as Record<string, unknown>;
  const { nodeargs, typescript, tsconfig } = options;
  return {
    nodeArguments: typeof nodeargs === "string" ? nodeargs.split(/\s+/).filter((arg) => arg !== "") : [],
    env: {
      ...(typescript === false ? {} : { PULUMI_NODEJS_TYPESCRIPT: "true" }),
      ...(typeof tsconfig === "string" ? { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig } : {}),
    },
  };
}
