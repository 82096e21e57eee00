// What finding an engine yields, and what each way of finding one says and takes.
import type { Progress } from "../support/index.ts";

/** A Pulumi engine that is ready to run. */
export interface Engine {
  /** The `pulumi` command, as an absolute path. */
  readonly pulumi: string;
  /** Folders to put first on PATH, so that the CLI, its language host and the dynamic provider are found. */
  readonly path: readonly string[];
  /** Where it comes from: installed, kept from an earlier run, the official installer, built from Go modules. */
  readonly source: "path" | "cache" | "npm" | "go";
  /** The CLI's version without a leading `v`. */
  readonly version: string;
}

/** An engine, or why this way has none. */
export type Outcome = { readonly engine: Engine } | { readonly reason: string };

/** What every way of finding an engine gets. */
export interface Search {
  readonly env: NodeJS.ProcessEnv;
  /** The folder that holds one folder for each engine kept. */
  readonly cacheDir: string;
  readonly progress: Progress;
  /** Aborted when the user has interrupted: nothing is tried any more. */
  readonly signal?: AbortSignal | undefined;
}

/** One way of finding an engine. */
export interface Way {
  readonly name: string;
  readonly look: (search: Search) => Promise<Outcome>;
}
