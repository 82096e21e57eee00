// Writes rows into one database for as long as the process lives; notes a row once the server has acknowledged it.
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { LakebasePool } from "../../client/index.ts";
import type { AppReport, JournalEntry, Proof } from "./messages.ts";

/** Between two rows: the machine must not be what limits. */
const pauseMillis = 40;
/** Every so many rows the connection is closed, so that there are logins all the time. */
const rowsPerConnection = 5;

/** Where a writer writes and notes. */
export interface WriterOptions {
  pool: LakebasePool;
  instance: string;
  label: string;
  journalFile: string;
  report: AppReport;
}

/** A writer of one database. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #checked = new WeakSet<object>();
  #count = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** Writes row after row, whatever fails. */
  async run(): Promise<never> {
    for (;;) {
      await this.#write().catch(() => {
        this.#options.report.failed += 1;
      });
      await sleep(pauseMillis);
    }
  }

  /** Tries until a row is acknowledged, so many times at most. */
  async prove(attempts: number): Promise<Proof> {
    const { instance } = this.#options;
    let error = "";
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      try {
        await this.#write();
        return { instance, attempts: attempt, error: undefined };
      } catch (failure) {
        error = (failure as Error).message;
        await sleep(500);
      }
    }
    return { instance, attempts: undefined, error };
  }

  async #write(): Promise<void> {
    const { pool, instance, label, report } = this.#options;
    this.#count += 1;
    const row = this.#count;
    const id = `${label}-${row}`;
    const client = await pool.connect();
    let isBroken = true;
    try {
      if (!this.#checked.has(client)) {
        const { rows } = await client.query<{ instance: string }>("SELECT instance FROM chaos_marker");
        report.connections += 1;
        const reached = rows[0]?.instance ?? "";
        if (reached !== instance) this.#note({ instance, reached });
        this.#checked.add(client);
      }
      await client.query("INSERT INTO chaos_writes (id) VALUES ($1)", [id]);
      this.#note({ instance, id });
      report.acknowledged += 1;
      isBroken = false;
    } finally {
      client.release(isBroken || row % rowsPerConnection === 0);
    }
  }

  /** One write of one short line: a killed process leaves whole lines. */
  #note(entry: JournalEntry): void {
    appendFileSync(this.#options.journalFile, `${JSON.stringify(entry)}\n`);
  }
}
