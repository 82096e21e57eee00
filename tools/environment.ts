// The environment a Pulumi engine runs in: its folders, the back end, and for the dev stack the local workspace.
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Engine } from "./engine/index.ts";
import { CACHE_DIR, PROJECT_DIR, PULUMI_HOME, STATE_DIR } from "./project.ts";
import type { ReadyWorkspace } from "./ready-file.ts";

/** The stack that belongs to the local workspace. */
export const DEV_STACK = "dev";

/**
 * The passphrase of the dev stack's secrets. It protects nothing and need not: the stack's state never leaves this
 * machine, describes a workspace that exists only here, and holds no secret (a test sees to that). Pulumi.dev.yaml
 * carries the salt that goes with it; the passphrase of the user's other stacks would be refused.
 */
export const DEV_PASSPHRASE = "pulumi-lakebase-dev";

/** What the environment is made from. */
export interface EngineEnvironmentOptions {
  readonly engine: Engine;
  /** The stack the engine will work on, if known. */
  readonly stack?: string | undefined;
  /** The local workspace that runs, for the dev stack. */
  readonly workspace?: ReadyWorkspace | undefined;
  /** PULUMI_HOME; the project's own by default. */
  readonly home?: string;
  /** The back end's folder; .cache/state in the project by default. */
  readonly stateDir?: string;
  /** The environment to add to; this process's by default. What the user has set in it stays. */
  readonly base?: NodeJS.ProcessEnv;
}

/** Makes the environment for the `pulumi` command. */
export function engineEnvironment(options: EngineEnvironmentOptions): NodeJS.ProcessEnv {
  const base = options.base ?? process.env;
  const dev = options.stack === DEV_STACK;
  const defaults: NodeJS.ProcessEnv = {
    PULUMI_HOME: options.home ?? PULUMI_HOME,
    PULUMI_BACKEND_URL: pathToFileURL(options.stateDir ?? STATE_DIR).href,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    NODE_COMPILE_CACHE: path.join(CACHE_DIR, "node-compile-cache"),
    PULUMI_LAKEBASE_PROJECT: PROJECT_DIR,
    ...(dev ? localWorkspace(options.workspace, base) : {}),
  };
  // With a back end of the user's choice, the stack's secrets are the user's affair too.
  const ownDev = dev && !base.PULUMI_BACKEND_URL;
  return {
    ...defaults,
    ...withoutEmpty(base),
    ...(ownDev ? { PULUMI_CONFIG_PASSPHRASE: DEV_PASSPHRASE } : {}),
    PATH: searchPath(options.engine, base),
  };
}

/** Whether the user has named credentials of a workspace, of any kind the Databricks tools know. */
export function hasDatabricksCredentials(env: NodeJS.ProcessEnv): boolean {
  return CREDENTIALS.some((name) => (env[name] ?? "") !== "");
}

const CREDENTIALS = [
  "DATABRICKS_TOKEN",
  "DATABRICKS_CLIENT_ID",
  "DATABRICKS_CLIENT_SECRET",
  "DATABRICKS_CONFIG_PROFILE",
  "DATABRICKS_USERNAME",
  "DATABRICKS_PASSWORD",
];

function localWorkspace(workspace: ReadyWorkspace | undefined, base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (workspace === undefined || hasDatabricksCredentials(base)) return {};
  return {
    DATABRICKS_HOST: workspace.apiUrl,
    DATABRICKS_TOKEN: workspace.token,
    PGPORT: String(workspace.postgresPort),
    PGSSLROOTCERT: workspace.caFile,
  };
}

// The engine first, then the project's commands: its Node is the one that language host and plugins then run.
function searchPath(engine: Engine, base: NodeJS.ProcessEnv): string {
  const first = [...engine.path, path.join(PROJECT_DIR, "node_modules", ".bin")];
  const rest = (base.PATH ?? "")
    .split(path.delimiter)
    .filter((folder) => folder !== "" && !first.includes(folder));
  return [...first, ...rest].join(path.delimiter);
}

// An empty passphrase is a passphrase; anything else that is empty is as good as not set.
function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value !== "" || name === "PULUMI_CONFIG_PASSPHRASE"),
  );
}

// What the user has set for his own stacks, workspaces and databases points elsewhere and must not win.
function unsettled(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = /^(DATABRICKS_|PG|PULUMI_(HOME|BACKEND_URL|STACK|ACCESS_TOKEN|CONFIG_PASSPHRASE))/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name)));
}

/** An environment whose PULUMI_HOME and state are nobody else's, and are gone after `dispose`. */
export interface IsolatedEnvironment extends AsyncDisposable {
  readonly env: NodeJS.ProcessEnv;
  /** Holds everything: home and state. */
  readonly folder: string;
  dispose(): Promise<void>;
}

/** What an isolated environment is made from. */
export interface IsolatedEnvironmentOptions
  extends Pick<EngineEnvironmentOptions, "engine" | "stack" | "workspace" | "base"> {
  /** Where to put home and state; a new temporary folder, removed by `dispose`, by default. */
  readonly folder?: string;
  /** The PULUMI_HOME whose plugins are shared; the project's own by default. */
  readonly pluginsOf?: string;
}

/** Makes an environment with a PULUMI_HOME and a back end of its own, which shares the engine and the plugins. */
export async function isolatedEnvironment(options: IsolatedEnvironmentOptions): Promise<IsolatedEnvironment> {
  const folder = options.folder ?? (await fs.mkdtemp(path.join(os.tmpdir(), "pulumi-lakebase-")));
  const [home, stateDir] = [path.join(folder, "home"), path.join(folder, "state")];
  const plugins = path.join(options.pluginsOf ?? PULUMI_HOME, "plugins");
  for (const needed of [home, stateDir, plugins]) await fs.mkdir(needed, { recursive: true });
  await fs.rm(path.join(home, "plugins"), { force: true });
  await fs.symlink(plugins, path.join(home, "plugins"));
  const dispose = () => fs.rm(folder, { recursive: true, force: true });
  const { stack, workspace, engine } = options;
  return {
    env: engineEnvironment({
      engine,
      stack,
      workspace,
      home,
      stateDir,
      base: unsettled(options.base ?? process.env),
    }),
    folder,
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}
