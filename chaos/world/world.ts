// Everything that a run works on: workspace, stacks, applications, the simulated time, and what has been counted.
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createLakebasePool } from "../../client/index.ts";
import { ensureBuilt } from "../../tools/built.ts";
import { findEngine } from "../../tools/engine/index.ts";
import { isolatedEnvironment } from "../../tools/environment.ts";
import { ensureDatabricksPlugin } from "../../tools/plugin/index.ts";
import { PROJECT_DIR, PULUMI_HOME } from "../../tools/project.ts";
import { createProgress } from "../../tools/support/index.ts";
import { type AppName, appNames, type StackName, stackNames } from "../plan.ts";
import type { Plant } from "../plants/plants.ts";
import { Application } from "./application.ts";
import { processesOf, signalTo } from "./processes.ts";
import { Stack } from "./stack.ts";
import { WorkspaceProcess } from "./workspace.ts";

/** One step of the simulated time: shorter than what is left of a token when it is refreshed. */
const stepMillis = 5 * 60_000;
/** What was killed needs a moment to be gone. */
const endLimit = 15_000;

/** What is counted besides what the applications and the workspace count themselves. */
export interface Counts {
  postgresKills: number;
  ups: { succeeded: number; failed: number; locked: number; killed: number };
  previews: number;
  checks: number;
}

/** Before anything was counted. */
export const noCounts = (): Counts => ({
  postgresKills: 0,
  ups: { succeeded: 0, failed: 0, locked: 0, killed: 0 },
  previews: 0,
  checks: 0,
});

/** The world of a run. */
export class World {
  readonly folder: string;
  readonly plant: Plant | undefined;
  readonly workspace: WorkspaceProcess;
  readonly stacks = new Map<StackName, Stack>();
  readonly apps = new Map<AppName, Application>();
  /** Uids by name, as they were when the stacks had been deployed. */
  readonly uids = new Map<string, string>();
  readonly counts = noCounts();
  readonly #env: NodeJS.ProcessEnv;
  /** How far the simulated time is ahead of the real one, in milliseconds. */
  #offset = 0;

  private constructor(folder: string, plant: Plant | undefined) {
    this.folder = folder;
    this.plant = plant;
    // What children put into the temporary folder is found and removed with everything else.
    this.#env = { ...process.env, TMPDIR: join(folder, "tmp") };
    this.workspace = new WorkspaceProcess({ folder, env: this.#env, preload: plant?.preload });
  }

  /** Makes a folder and starts the workspace in it. */
  static async open(plant: Plant | undefined): Promise<World> {
    const folder = await mkdtemp(join(await realpath(tmpdir()), "lakebase-chaos-"));
    for (const name of ["tmp", "logs", "journal"]) await mkdir(join(folder, name));
    const world = new World(folder, plant);
    try {
      await world.workspace.start();
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  /** Finds the engine and makes the empty stacks. */
  async makeStacks(signal: AbortSignal): Promise<void> {
    const engine = await findEngine({ signal });
    await ensureDatabricksPlugin({ engine, home: PULUMI_HOME, allowStandIn: true, log: () => {}, signal });
    await ensureBuilt(createProgress({ log: () => {} }), { signal });
    const { ready } = this.workspace;
    const { env } = await isolatedEnvironment({
      engine,
      folder: join(this.folder, "engine"),
      base: this.#env,
    });
    const program = (await this.plant?.makeProgram?.(join(this.folder, "program"))) ?? PROJECT_DIR;
    const own = {
      DATABRICKS_TOKEN: ready.token,
      PULUMI_CONFIG_PASSPHRASE: "chaos",
      PULUMI_DEBUG_COMMANDS: "true",
    };
    for (const name of stackNames) {
      const options = { name, engine, env: { ...env, ...own }, folder: this.folder, program, ready };
      const stack = new Stack(options);
      this.stacks.set(name, stack);
      await stack.init();
    }
  }

  stack(name: StackName): Stack {
    return this.stacks.get(name) as Stack;
  }

  app(name: AppName): Application {
    return this.apps.get(name) as Application;
  }

  uid(stack: StackName): string {
    return this.uids.get(this.stack(stack).instance) as string;
  }

  /** Makes the tables, marks each instance, and starts the applications. */
  async startApps(): Promise<void> {
    for (const stack of this.stacks.values()) {
      await this.query(stack.name, [
        "CREATE TABLE chaos_marker (instance text NOT NULL)",
        `INSERT INTO chaos_marker VALUES ('${stack.instance}')`,
        "CREATE TABLE chaos_writes (id text PRIMARY KEY)",
        ...(this.plant?.statements ?? []),
      ]);
    }
    const databases = [...this.stacks.values()].map(({ instance, exportsFile }) => ({
      instance,
      exportsFile,
    }));
    const { apiUrl, token } = this.workspace.ready;
    const env = { ...this.#env, DATABRICKS_HOST: apiUrl, DATABRICKS_TOKEN: token };
    for (const name of appNames) {
      const app = new Application({ name, folder: this.folder, env, databases });
      this.apps.set(name, app);
      app.start(this.#offset);
    }
  }

  /** Runs statements as the instance's owner, on a connection of its own; resolves to the last one's rows. */
  async query(stack: StackName, statements: readonly string[]): Promise<Record<string, unknown>[]> {
    const { apiUrl, token } = this.workspace.ready;
    await using pool = createLakebasePool({
      exports: new URL(`file://${this.stack(stack).exportsFile}`),
      env: {},
      workspace: { host: apiUrl, token },
      poolSize: 1,
      maxOverflow: 0,
      meter: false,
    });
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await pool.query(statement)).rows;
    return rows;
  }

  get days(): number {
    return this.#offset / 86_400_000;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Lets simulated time pass in steps: first for the applications, then for the workspace. */
  async pass(minutes: number, signal: AbortSignal): Promise<void> {
    for (let left = minutes * 60_000; left > 0 && !signal.aborted; left -= stepMillis) {
      this.#offset += Math.min(stepMillis, left);
      await this.tellApps();
      await this.moveWorkspace();
    }
  }

  /** Lets it pass at once, as for machines that slept: who comes first notices last. */
  async jump(minutes: number, first: "apps" | "workspace", between: () => Promise<void>): Promise<void> {
    this.#offset += minutes * 60_000;
    if (first === "apps") await this.tellApps();
    else await this.moveWorkspace();
    await between();
    if (first === "apps") await this.moveWorkspace();
    else await this.tellApps();
  }

  async tellApps(): Promise<void> {
    const offset = this.#offset;
    await Promise.all([...this.apps.values()].map((app) => app.ask({ ask: "clock", offset })));
  }

  /** By the difference, for a killed workspace may or may not have moved already. */
  async moveWorkspace(): Promise<void> {
    const now = await this.workspace.call("GET", "/local/clock");
    const seconds = this.#offset / 1_000 - Number(now?.offset_seconds);
    if (seconds > 0) await this.workspace.call("POST", "/local/clock", { advance_seconds: seconds });
  }

  /** Ends everything and removes the folder; resolves to the processes that had to be killed for it. */
  async close({ keepFolder = false } = {}): Promise<string[]> {
    await Promise.all([...this.apps.values()].map((app) => app.stop()));
    await this.workspace.stop();
    let found = await processesOf(this.folder);
    for (const end = Date.now() + endLimit; found.length > 0 && Date.now() < end; ) {
      await sleep(100);
      found = await processesOf(this.folder);
    }
    for (const { pid } of found) signalTo(pid, "SIGKILL");
    if (!keepFolder) await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
    return found.map(({ pid, command }) => `${pid} ${command}`);
  }
}
