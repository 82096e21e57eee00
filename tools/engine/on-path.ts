// The first way: a Pulumi CLI the user has installed, with its Node language host.
import fs from "node:fs/promises";
import path from "node:path";
import { failureOf, run } from "../support/index.ts";
import type { Outcome, Search } from "./types.ts";
import { isAtLeast, MINIMUM_PULUMI } from "./versions.ts";

const VERSION_LIMIT = 20_000;
const LAUNCHER = "pulumi-resource-pulumi-nodejs";

/** Looks for `pulumi` on PATH, recent enough and with pulumi-language-nodejs beside it or on PATH too. */
export async function lookOnPath({ env }: Search): Promise<Outcome> {
  const pulumi = await findCommand("pulumi", env);
  if (pulumi === undefined) return { reason: "no `pulumi` command" };
  const result = await run(pulumi, ["version"], {
    env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeout: VERSION_LIMIT,
  });
  if (result.code !== 0) return { reason: failureOf(`${pulumi} version`, result) };
  const version = result.stdout.trim().replace(/^v/, "");
  if (!isAtLeast(version, MINIMUM_PULUMI))
    return { reason: `${pulumi} is version ${version || "unknown"}, ${MINIMUM_PULUMI} or later is needed` };

  // A link on PATH (Homebrew) leads to the folder that holds the language host.
  const folder = path.dirname(await fs.realpath(pulumi));
  const beside = await isExecutable(path.join(folder, executable("pulumi-language-nodejs")));
  const languageHost = beside ? folder : await folderOf("pulumi-language-nodejs", env);
  if (languageHost === undefined)
    return { reason: `${pulumi} has no pulumi-language-nodejs beside it or on PATH` };
  const launcher = (await isExecutable(path.join(folder, LAUNCHER))) ? undefined : await launcherFolder();
  const folders = [path.dirname(pulumi), languageHost, ...(launcher === undefined ? [] : [launcher])];
  return { engine: { pulumi, path: [...new Set(folders)], source: "path", version } };
}

/** The absolute path of a command on PATH; commands of npm packages are passed over. */
export async function findCommand(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (env.PATH ?? "").split(path.delimiter)) {
    // The npm package `pulumi` puts a command there that is no engine but downloads one.
    if (folder === "" || path.join(folder).endsWith(path.join("node_modules", ".bin"))) continue;
    const file = path.resolve(folder, executable(name));
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

/** Whether this is a file that may be run. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await fs.access(file, fs.constants.X_OK);
    return (await fs.stat(file)).isFile();
  } catch {
    return false;
  }
}

/** A command's file name on this platform. */
export function executable(name: string): string {
  return process.platform === "win32" ? `${name}.exe` : name;
}

/** The folder of the launcher of dynamic providers in the installed SDK. */
export async function launcherFolder(): Promise<string | undefined> {
  const folder = path.resolve(import.meta.dirname, "../../node_modules/@pulumi/pulumi");
  return (await isExecutable(path.join(folder, LAUNCHER))) ? folder : undefined;
}

async function folderOf(command: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const file = await findCommand(command, env);
  return file === undefined ? undefined : path.dirname(file);
}
