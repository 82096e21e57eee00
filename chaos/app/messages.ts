// What the run and an application's process say to each other, and what the process notes in its journal.
import type { Dns } from "../plan.ts";

/** How an application's process is started. */
export interface AppSettings {
  /** Begins the ids of its rows; new for each process. */
  label: string;
  journalFile: string;
  /** Of the clock, in milliseconds. */
  offset: number;
  databases: { instance: string; exportsFile: string }[];
}

/** What the run asks. */
export type Request =
  | { ask: "clock"; offset: number }
  | { ask: "dns"; dns: Dns }
  | { ask: "prove"; attempts: number }
  | { ask: "report" };

/** A request with the number that its answer carries. */
export type Envelope = Request & { id: number };

/** What the process has done so far. */
export interface AppReport {
  acknowledged: number;
  failed: number;
  /** Logins, each of which checked which instance it had come to. */
  connections: number;
  rotations: number;
  refusedLogins: number;
}

/** How one database could be written to. */
export interface Proof {
  instance: string;
  /** Attempts until one succeeded; undefined when none did. */
  attempts: number | undefined;
  error: string | undefined;
}

/** The answer to any request. */
export interface Reply {
  id: number;
  report: AppReport;
  proofs?: Proof[];
}

/** A line of the journal: an acknowledged row, or a connection that came to another instance. */
export type JournalEntry = { instance: string; id: string } | { instance: string; reached: string };
