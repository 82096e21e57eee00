// Builds dist/ before the tests: the dynamic provider's process imports it, and a stale one would test old code.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Only emits: types are what `npm run check` is for. */
export default function build(): void {
  const root = join(import.meta.dirname, "..");
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", "tsconfig.build.json", "--noCheck"], {
    cwd: root,
    stdio: "inherit",
  });
}
