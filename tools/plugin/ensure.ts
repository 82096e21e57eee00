// Makes sure that the engine finds a databricks plugin: the official one wherever it can be had, else the stand-in.
import fs from "node:fs/promises";
import path from "node:path";
import type { Engine } from "../engine/index.ts";
import { PROJECT_DIR } from "../project.ts";
import { createProgress, type Progress, withLock } from "../support/index.ts";
import { installOfficial } from "./official.ts";
import { installStandIn, isStandIn } from "./stand-in.ts";

/** The plugin that the engine will use. */
export interface DatabricksPlugin {
  readonly kind: "official" | "stand-in";
  readonly version: string;
  readonly folder: string;
}

/** Where and how the plugin is to be made ready. */
export interface EnsurePluginOptions {
  readonly engine: Engine;
  /** The PULUMI_HOME that is to have it. */
  readonly home: string;
  /** False for a home that other projects use too: a stand-in there would serve their stacks as well. */
  readonly allowStandIn: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly log?: (line: string) => void;
  /** The plugin's version; that of the installed @pulumi/databricks by default. */
  readonly version?: string;
  readonly now?: () => number;
  readonly sites?: readonly string[];
  /** Ends the attempt; whoever handles signals himself has to give it. */
  readonly signal?: AbortSignal;
}

/** The official plugin cannot be had and the stand-in is not allowed. */
export class PluginNotAvailableError extends Error {
  override readonly name = "PluginNotAvailableError";
}

const SITES = ["https://get.pulumi.com", "https://api.github.com"];

/** Makes the databricks plugin ready in PULUMI_HOME, and says so whenever it is the stand-in. */
export async function ensureDatabricksPlugin(options: EnsurePluginOptions): Promise<DatabricksPlugin> {
  const progress = createProgress(options.log === undefined ? {} : { log: options.log });
  const version = options.version ?? (await installedVersion());
  const folder = path.join(options.home, "plugins", `resource-databricks-v${version}`);
  if (await isOfficial(folder)) return { kind: "official", version, folder };
  const onWait = (owner: string) =>
    progress.line(`waiting for ${owner}, which is installing the databricks plugin`);
  const work = () => install(options, progress, version, folder);
  return await withLock(options.home, onWait, work, options.signal);
}

async function install(
  options: EnsurePluginOptions,
  progress: Progress,
  version: string,
  folder: string,
): Promise<DatabricksPlugin> {
  if (await isOfficial(folder)) return { kind: "official", version, folder };
  const reason = await installOfficial({
    engine: options.engine,
    env: options.env ?? process.env,
    home: options.home,
    folder,
    version,
    progress,
    now: options.now ?? Date.now,
    sites: options.sites ?? SITES,
    signal: options.signal,
  });
  if (reason === undefined) return { kind: "official", version, folder };
  if (!options.allowStandIn) throw new PluginNotAvailableError(notAvailable(options.home, version, reason));
  await installStandIn(folder, version);
  progress.line(
    `using the STAND-IN for the databricks plugin ${version} (local/plugin): the official one cannot be installed: ${reason}`,
  );
  return { kind: "stand-in", version, folder };
}

/** The version of the installed @pulumi/databricks, which the plugin must have too. */
export async function installedVersion(): Promise<string> {
  const file = path.join(PROJECT_DIR, "node_modules", "@pulumi", "databricks", "package.json");
  return String(JSON.parse(await fs.readFile(file, "utf8")).version);
}

async function isOfficial(folder: string): Promise<boolean> {
  try {
    await fs.access(path.join(folder, "pulumi-resource-databricks"));
    return !(await isStandIn(folder));
  } catch {
    return false;
  }
}

function notAvailable(home: string, version: string, reason: string): string {
  return `the official databricks plugin ${version} is not in PULUMI_HOME ${home} and cannot be installed: ${reason}
fix: do one of these, then run the same command again
  - unset PULUMI_HOME: in the project's own home the offline stand-in serves the dev stack
  - install it from a file: pulumi plugin install resource databricks v${version} --file <archive>`;
}
