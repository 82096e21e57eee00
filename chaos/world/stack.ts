// A stack of a run on the real engine: commands that can be killed, and two at once.
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "../../tools/engine/index.ts";
import type { ReadyWorkspace } from "../../tools/ready-file.ts";
import type { StackName } from "../plan.ts";
import { endsWithin, processesOf, type Started, signalTo, startProcess } from "./processes.ts";

/** Longer than any command takes, faults and a loaded machine included. */
const commandLimit = 240_000;
/** Pulumi's own process for dynamic providers does not notice that its engine was killed (seen with 3.270). */
const staysByItself = /pulumi-resource-pulumi-nodejs|dynamic-provider/;
/** Plugins look for their engine every second. */
const orphanLimit = 20_000;

/** How a command ended. */
export interface Outcome {
  /** `locked`: another command works on the stack; `killed`: by the run. */
  end: "succeeded" | "failed" | "locked" | "killed";
  output: string;
}

/** A command under way. */
export interface Command {
  ended: Promise<Outcome>;
  hasEnded(): boolean;
  /** SIGKILL for the engine; resolves when what it had started has ended too, with what has not. */
  kill(): Promise<string[]>;
}

/** What stacks share. */
export interface StackOptions {
  name: StackName;
  engine: Engine;
  env: NodeJS.ProcessEnv;
  folder: string;
  /** Folder of the Pulumi program. */
  program: string;
  ready: ReadyWorkspace;
}

/** One stack with one instance. */
export class Stack {
  readonly name: StackName;
  readonly instance: string;
  readonly exportsFile: string;
  readonly #options: StackOptions;
  readonly #configFile: string;
  readonly #values: Record<string, unknown>;
  #runs = 0;

  constructor(options: StackOptions) {
    const { name, folder, ready } = options;
    this.name = name;
    this.instance = `chaos-${name}`;
    this.exportsFile = join(folder, `exports-${name}.json`);
    this.#options = options;
    this.#configFile = join(folder, `Pulumi.${name}.yaml`);
    this.#values = {
      "databricks:host": ready.apiUrl,
      // Shorter than a person would wait: the workspace is away often.
      "databricks:retryTimeoutSeconds": 15,
      "databricks:httpTimeoutSeconds": 10,
      "lakebase:instanceName": this.instance,
      "lakebase:catalogName": `chaos_${name}`,
      "lakebase:port": ready.postgresPort,
      "lakebase:sslRootCert": ready.caFile,
    };
  }

  /** Makes the empty stack. */
  async init(): Promise<void> {
    const { folder, program } = this.#options;
    // `stack init` writes the stack's salt beside Pulumi.yaml, so it gets a copy.
    const beside = join(folder, `init-${this.name}`);
    await mkdir(beside, { recursive: true });
    await copyFile(join(program, "Pulumi.yaml"), join(beside, "Pulumi.yaml"));
    const { end, output } = await this.#start(["stack", "init", this.name], beside).ended;
    if (end !== "succeeded") throw new Error(`the stack cannot be made:\n${output}`);
  }

  /** Changes settings; undefined removes one. */
  async configure(changes: Record<string, unknown>): Promise<void> {
    Object.assign(this.#values, changes);
    const entries = Object.entries(this.#values).filter(([, value]) => value !== undefined);
    // JSON is YAML. Each command writes the salt into its file, so the file is written anew before each.
    await writeFile(this.#configFile, JSON.stringify({ config: Object.fromEntries(entries) }));
  }

  /** Starts `up` or `preview`. */
  start(command: "up" | "preview", ...args: string[]): Command {
    const events = join(this.#options.folder, "logs", `${this.name}-${this.#runs + 1}.events.json`);
    const confirmation = command === "up" ? ["--yes", "--skip-preview"] : [];
    const fixed = ["--stack", this.name, "--config-file", this.#configFile, "--event-log", events];
    return this.#start([command, ...fixed, ...confirmation, ...args], this.#options.program);
  }

  /** Takes away the lock of a killed command. */
  async cancel(): Promise<Outcome> {
    return await this.#start(["cancel", "--yes", "--stack", this.name], this.#options.program).ended;
  }

  /** Writes the `lakebase` output to its file. */
  async writeExports(): Promise<void> {
    const args = ["stack", "output", "lakebase", "--json", "--stack", this.name];
    const { end, output } = await this.#start(args, this.#options.program).ended;
    if (end !== "succeeded") throw new Error(`stack output failed:\n${output}`);
    await writeFile(this.exportsFile, output);
  }

  #start(args: string[], cwd: string): Command {
    const { engine, env, folder } = this.#options;
    this.#runs += 1;
    const logFile = join(folder, "logs", `${this.name}-${this.#runs}.log`);
    // Every process of this command can be told from all others by it.
    const mark = `${folder}/command-${this.name}-${this.#runs}`;
    const started = startProcess(engine.pulumi, [...args, "--non-interactive"], logFile, {
      cwd,
      env: { ...env, LAKEBASE_CHAOS_COMMAND: mark },
    });
    let isKilled = false;
    const ended = (async (): Promise<Outcome> => {
      if (!(await endsWithin(started, commandLimit))) await endGroup(started);
      const code = await started.ended;
      const output = await readFile(logFile, "utf8");
      if (isKilled && code === null) return { end: "killed", output };
      if (code === 0) return { end: "succeeded", output };
      return { end: /currently locked by/.test(output) ? "locked" : "failed", output };
    })();
    return {
      ended,
      hasEnded: started.hasEnded,
      async kill() {
        isKilled = true;
        await endGroup(started);
        return remaining(mark);
      },
    };
  }
}

async function endGroup(started: Started): Promise<void> {
  if (!started.hasEnded()) signalTo(-(started.child.pid ?? 0), "SIGKILL");
  await started.ended;
}

/** Waits for a killed command's plugins; resolves to those that stay. */
async function remaining(mark: string): Promise<string[]> {
  const deadline = Date.now() + orphanLimit;
  for (;;) {
    // The mark ends with a number, and so do longer ones.
    const found = await processesOf(`${mark}\0`);
    for (const { pid, command } of found) if (staysByItself.test(command)) signalTo(pid, "SIGKILL");
    if (found.length === 0 || Date.now() > deadline)
      return found.map(({ pid, command }) => `${pid} ${command}`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}
