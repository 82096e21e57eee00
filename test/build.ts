// Prepares a run: compiles dist/, which the dynamic provider's process imports (a stale one would test old code), and has
// the Pulumi engine made where there is none.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { EngineNotFoundError, findEngine } from "../tools/engine/index.ts";

/** What Vitest runs before the first test. */
export default async function prepare(): Promise<void> {
  compile();
  await haveEngine();
}

/** Only emits: types are what `npm run check` is for. */
function compile(): void {
  const root = join(import.meta.dirname, "..");
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", "tsconfig.build.json", "--noCheck"], {
    cwd: root,
    stdio: "inherit",
  });
}

/** The first run on a machine may have to build it: minutes, which no test's time limit is meant for. */
async function haveEngine(): Promise<void> {
  try {
    await findEngine();
  } catch (error) {
    if (!(error instanceof EngineNotFoundError)) throw error;
    // Most tests need none; those that do fail with this text.
    console.error(error.message);
  }
}
