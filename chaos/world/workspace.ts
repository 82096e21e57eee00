// The local workspace of a run: a process that is killed and started again on the same ports and data.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReadyWorkspace } from "../../tools/ready-file.ts";
import { endsWithin, processesOf, type Started, signalTo, startProcess } from "./processes.ts";

const program = join(import.meta.dirname, "../../local/main.ts");
const startLimit = 120_000;
const stopLimit = 60_000;
const callLimit = 60_000;
const poll = 20;

/** An instance as the REST API shows it. */
export interface ShownInstance {
  name: string;
  uid: string;
  state: string;
}

/** How it is started. */
export interface WorkspaceOptions {
  folder: string;
  env: NodeJS.ProcessEnv;
  /** A module that plants a bug in the process. */
  preload?: string | undefined;
}

/** The workspace. */
export class WorkspaceProcess {
  readonly mintedFile: string;
  readonly dataDir: string;
  readonly #options: WorkspaceOptions;
  #ready: ReadyWorkspace | undefined;
  #process: Started | undefined;
  /** How often it was started. */
  starts = 0;

  constructor(options: WorkspaceOptions) {
    this.#options = options;
    this.mintedFile = join(options.folder, "minted-tokens");
    this.dataDir = join(options.folder, "data");
  }

  get ready(): ReadyWorkspace {
    if (this.#ready === undefined) throw new Error("the workspace was not started");
    return this.#ready;
  }

  /** Starts it, and waits until it serves; on the ports of the time before, once it has some. */
  async start(): Promise<void> {
    const { folder, env, preload } = this.#options;
    const readyFile = join(folder, "ready.json");
    const port = this.#ready === undefined ? "0" : new URL(this.#ready.apiUrl).port;
    const args = [
      ...(preload === undefined ? [] : ["--import", preload]),
      ...[program, "--data", this.dataDir, "--ready-file", readyFile, "--minted-tokens", this.mintedFile],
      ...["--port", port, "--postgres-port", String(this.#ready?.postgresPort ?? 0)],
      ...["--delays", "150", "--parent", String(process.pid)],
    ];
    const logFile = join(folder, "logs", "workspace.log");
    for (const deadline = Date.now() + startLimit; Date.now() < deadline; await sleep(200)) {
      const started = startProcess(process.execPath, args, logFile, { env });
      this.#process = started;
      this.starts += 1;
      while (!started.hasEnded() && Date.now() < deadline) {
        const ready = JSON.parse(await readFile(readyFile, "utf8").catch(() => "{}")) as ReadyWorkspace;
        if (ready.pid === started.child.pid) {
          this.#ready = ready;
          return;
        }
        await sleep(poll);
      }
      // A killed one's port or data may be held for a moment longer.
    }
    throw new Error(`the local workspace did not start: ${(await readFile(logFile, "utf8")).slice(-2_000)}`);
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    if (this.#process === undefined) return;
    this.#process.child.kill("SIGKILL");
    await this.#process.ended;
  }

  /** SIGTERM; SIGKILL, and false, when it does not end by that. */
  async stop(): Promise<boolean> {
    if (this.#process === undefined) return true;
    this.#process.child.kill("SIGTERM");
    const isEnded = await endsWithin(this.#process, stopLimit);
    if (!isEnded) await this.kill();
    return isEnded;
  }

  /** SIGKILL for every process of an instance's server. */
  async killPostgres(uid: string): Promise<number> {
    const found = await processesOf(join(this.dataDir, "postgres", "instances", uid));
    for (const { pid } of found) signalTo(pid, "SIGKILL");
    return found.length;
  }

  /** Calls the API; repeats what fails, for planted faults hit these calls too. Undefined for 404. */
  async call(method: string, path: string, body?: object): Promise<Record<string, unknown> | undefined> {
    const { apiUrl, token } = this.ready;
    let failure = "";
    for (const deadline = Date.now() + callLimit; Date.now() < deadline; await sleep(50)) {
      try {
        const answer = await fetch(`${apiUrl}${path}`, {
          method,
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          signal: AbortSignal.timeout(20_000),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await answer.text();
        if (answer.status === 404) return undefined;
        if (answer.ok) return JSON.parse(text) as Record<string, unknown>;
        failure = `${answer.status} ${text}`;
      } catch (error) {
        failure = String((error as Error).cause ?? error);
      }
    }
    throw new Error(`${method} ${path} did not succeed within ${callLimit / 1000} s: ${failure}`);
  }

  async instances(): Promise<ShownInstance[]> {
    const list = await this.call("GET", "/api/2.0/database/instances");
    return (list?.database_instances ?? []) as ShownInstance[];
  }

  /** Waits until the instance is in one of the states, and resolves to it. */
  async reach(name: string, ...states: string[]): Promise<string> {
    for (const deadline = Date.now() + callLimit; Date.now() < deadline; await sleep(poll)) {
      const { state = "" } = ((await this.call("GET", `/api/2.0/database/instances/${name}`)) ?? {}) as {
        state?: string;
      };
      if (states.includes(state)) return state;
    }
    throw new Error(`instance ${name} did not become ${states.join(" or ")}`);
  }
}
