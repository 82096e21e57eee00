// A copy of the project where the documents' commands run, with a local workspace, engine home and state of its own.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { findEngine } from "../../../tools/engine/index.ts";
import { DEV_PASSPHRASE } from "../../../tools/environment.ts";
import { PROJECT_DIR, PULUMI_HOME } from "../../../tools/project.ts";

/** How a script ended. */
export interface ScriptRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** A checkout as a reader of the documents has it; disposing of it ends its workspace and leaves nothing. */
export interface Checkout extends AsyncDisposable {
  readonly folder: string;
  /** Starts `npm run local`, once. */
  startWorkspace(): Promise<void>;
  /** Runs a script in the checkout, by bash that stops at the first failure. */
  run(script: string): Promise<ScriptRun>;
}

/** Makes the checkout from the files of git, changed and new ones included. */
export async function makeCheckout(): Promise<Checkout> {
  const folder = await mkdtemp(path.join(tmpdir(), "lakebase-docs-"));
  try {
    return await checkoutIn(folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function checkoutIn(folder: string): Promise<Checkout> {
  const engine = await findEngine();
  await copyProject(folder);
  await linkPackages(folder);
  const tools = path.join(folder, ".cache", "tools");
  await writeCommands(tools, folder, engine.pulumi);
  const env = environmentOf(folder, tools, engine.path);
  let workspace: ChildProcess | undefined;
  return {
    folder,
    async startWorkspace() {
      if (workspace !== undefined) return;
      workspace = spawn("npm", ["run", "local"], { cwd: folder, env, stdio: "ignore", detached: true });
      const ready = await readyFile(folder, workspace);
      await pointDevStackAt(folder, ready);
    },
    run: async (script) => await runScript(script, folder, env),
    async [Symbol.asyncDispose]() {
      if (workspace !== undefined && workspace.exitCode === null) {
        const ended = once(workspace, "close");
        // The group: npm and what it started.
        process.kill(-(workspace.pid as number), "SIGTERM");
        await ended;
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

async function copyProject(folder: string): Promise<void> {
  const options = { cwd: PROJECT_DIR, encoding: "utf8" as const };
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], options).split("\0");
  const needed = files.filter((file) => file !== "" && !/^(test|bench)\//.test(file));
  for (const file of needed) {
    await cp(path.join(PROJECT_DIR, file), path.join(folder, file), { preserveTimestamps: true }).catch(
      // Somebody removed it a moment ago.
      (error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? undefined : Promise.reject(error)),
    );
  }
  await cp(path.join(PROJECT_DIR, "dist"), path.join(folder, "dist"), {
    recursive: true,
    preserveTimestamps: true,
  });
  const packageFile = path.join(folder, "package.json");
  const text = await readFile(packageFile, "utf8");
  // Any free ports, and states that change at once.
  const local = "local/main.ts --port 0 --postgres-port 0 --delays 20 --lakehouse";
  await writeFile(packageFile, text.replace("local/main.ts --lakehouse", local));
}

/** The project's own packages, and the project under its own name for the examples. */
async function linkPackages(folder: string): Promise<void> {
  const own = path.join(folder, "node_modules");
  await mkdir(own);
  for (const name of await readdir(path.join(PROJECT_DIR, "node_modules")))
    await symlink(path.join(PROJECT_DIR, "node_modules", name), path.join(own, name));
  await symlink(folder, path.join(own, "pulumi-lakebase"));
  const home = path.join(folder, ".cache", "pulumi-home");
  await mkdir(home, { recursive: true });
  await symlink(path.join(PULUMI_HOME, "plugins"), path.join(home, "plugins"));
  await mkdir(path.join(folder, ".cache", "state"));
}

/** What a reader has on the PATH: Pulumi, logged in; npx, which asks no registry here. */
async function writeCommands(tools: string, folder: string, pulumi: string): Promise<void> {
  const ready = path.join(folder, ".cache/local/ready.json");
  const read = (name: string) => `"$(node -p 'require("${ready}").${name}')"`;
  const commands = {
    npx: 'exec "$@"',
    "pulumi-lakebase": `exec node "${folder}/dist/bin/pulumi-lakebase.js" "$@"`,
    pulumi: [
      `export PULUMI_HOME="${folder}/.cache/pulumi-home" PULUMI_BACKEND_URL="file://${folder}/.cache/state"`,
      // The second is what an engine with this project's own language host asks for.
      `export PULUMI_CONFIG_PASSPHRASE="${DEV_PASSPHRASE}" PULUMI_LAKEBASE_PROJECT="${folder}"`,
      `if test -f "${ready}"; then`,
      `  export DATABRICKS_HOST=${read("apiUrl")} DATABRICKS_TOKEN=${read("token")}`,
      "fi",
      `exec "${pulumi}" "$@"`,
    ].join("\n"),
  };
  await mkdir(tools, { recursive: true });
  for (const [name, script] of Object.entries(commands)) {
    await writeFile(path.join(tools, name), `#!/usr/bin/env bash\n${script}\n`);
    await chmod(path.join(tools, name), 0o755);
  }
}

function environmentOf(folder: string, tools: string, engine: readonly string[]): NodeJS.ProcessEnv {
  const foreign = /^(DATABRICKS_|LAKEBASE_|PG|PULUMI_|npm_|VITEST|NODE_ENV|NODE_OPTIONS)/;
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  const first = [tools, ...engine, path.join(folder, "node_modules/.bin")];
  return {
    ...own,
    PATH: [...first, own.PATH].join(path.delimiter),
    PULUMI_SKIP_CONFIRMATIONS: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

interface Ready {
  apiUrl: string;
  postgresPort: number;
  caFile: string;
}

async function readyFile(folder: string, workspace: ChildProcess): Promise<Ready> {
  const file = path.join(folder, ".cache/local/ready.json");
  for (;;) {
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text !== undefined) return JSON.parse(text) as Ready;
    if (workspace.exitCode !== null) throw new Error(`npm run local ended with ${workspace.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The ports are not those that a reader's workspace has. */
async function pointDevStackAt(folder: string, { apiUrl, postgresPort }: Ready): Promise<void> {
  const file = path.join(folder, "Pulumi.dev.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("http://127.0.0.1:8420", apiUrl).replace("54320", String(postgresPort)));
}

async function runScript(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<ScriptRun> {
  const child = spawn("bash", ["-euo", "pipefail", "-c", script], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const run = { code: -1, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (run.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (run.stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { ...run, code: code ?? -1 };
}
