// An application of a run: started, asked, killed and started again.
import { join } from "node:path";
import type { AppReport, AppSettings, Envelope, Reply, Request } from "../app/messages.ts";
import type { AppName } from "../plan.ts";
import { endsWithin, type Started, startProcess } from "./processes.ts";

const program = join(import.meta.dirname, "../app/main.ts");
const stopLimit = 10_000;

/** What each of its processes is started with. */
export interface ApplicationOptions {
  name: AppName;
  folder: string;
  env: NodeJS.ProcessEnv;
  databases: AppSettings["databases"];
}

/** The sum of two reports. */
export function addReports(one: AppReport, other: AppReport): AppReport {
  return {
    acknowledged: one.acknowledged + other.acknowledged,
    failed: one.failed + other.failed,
    connections: one.connections + other.connections,
    rotations: one.rotations + other.rotations,
    refusedLogins: one.refusedLogins + other.refusedLogins,
  };
}

/** Nothing done yet. */
export const emptyReport: AppReport = {
  acknowledged: 0,
  failed: 0,
  connections: 0,
  rotations: 0,
  refusedLogins: 0,
};

/** One application, process after process. */
export class Application {
  readonly #options: ApplicationOptions;
  readonly #waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  #process: Started | undefined;
  #earlier = emptyReport;
  #last = emptyReport;
  #asked = 0;
  starts = 0;

  constructor(options: ApplicationOptions) {
    this.#options = options;
  }

  /** What all its processes have done, as far as they told before they were killed. */
  get report(): AppReport {
    return addReports(this.#earlier, this.#last);
  }

  start(offset: number): void {
    const { name, folder, env, databases } = this.#options;
    this.starts += 1;
    const label = `${name}${this.starts}`;
    const journalFile = join(folder, "journal", `${label}.jsonl`);
    const settings: AppSettings = { label, journalFile, offset, databases };
    const started = startProcess(
      process.execPath,
      [program, JSON.stringify(settings)],
      join(folder, "logs", `app-${name}.log`),
      { env },
      ["ipc"],
    );
    this.#process = started;
    started.child.on("message", (reply: Reply) => {
      this.#last = reply.report;
      this.#waiting.get(reply.id)?.resolve(reply);
      this.#waiting.delete(reply.id);
    });
    void started.ended.then((code) => {
      for (const { reject } of this.#waiting.values()) {
        reject(new Error(`application ${label} ended with ${code ?? "a signal"}`));
      }
      this.#waiting.clear();
    });
  }

  ask(request: Request): Promise<Reply> {
    this.#asked += 1;
    const id = this.#asked;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const { child } = this.#process as Started;
    if (!child.connected) return Promise.reject(new Error("the application does not run"));
    this.#waiting.set(id, { resolve, reject });
    child.send({ ...request, id } satisfies Envelope);
    return promise;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    if (this.#process === undefined) return;
    this.#process.child.kill("SIGKILL");
    await this.#process.ended;
    this.#earlier = addReports(this.#earlier, this.#last);
    this.#last = emptyReport;
  }

  /** Lets it end by itself. */
  async stop(): Promise<void> {
    if (this.#process === undefined) return;
    if (this.#process.child.connected) this.#process.child.disconnect();
    if (!(await endsWithin(this.#process, stopLimit))) await this.kill();
  }
}
