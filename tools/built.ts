// Makes sure that dist/ is there and as new as the sources: the dynamic provider's process imports it.
import type { Dirent } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { CACHE_DIR, PROJECT_DIR } from "./project.ts";
import { failureOf, type Progress, run, withLock } from "./support/index.ts";

/** The folders that tsconfig.build.json compiles; a test compares. */
export const SOURCES = ["bin", "review", "status", "policy", "components", "lakebase", "client"];
const STAMP = path.join("dist", ".tsbuildinfo");

/** The package could not be compiled. */
export class BuildError extends Error {
  override readonly name = "BuildError";
}

/** Compiles the package into dist/ unless it is compiled already; `signal` ends the wait for another compilation. */
export async function ensureBuilt(
  progress: Progress,
  { projectDir = PROJECT_DIR, signal }: { projectDir?: string; signal?: AbortSignal } = {},
): Promise<void> {
  if (await isBuilt(projectDir)) return;
  await withLock(
    path.join(projectDir, path.basename(CACHE_DIR), "build"),
    () => {},
    async () => {
      if (await isBuilt(projectDir)) return;
      await progress.step("compiling the package into dist/", () => compile(projectDir));
    },
    signal,
  );
}

async function compile(projectDir: string): Promise<void> {
  const began = new Date();
  const tsc = path.join(projectDir, "node_modules", "typescript", "bin", "tsc");
  const result = await run(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: projectDir });
  if (result.code !== 0) throw new BuildError(`${failureOf("npm run build", result)}`);
  // The compiler leaves the stamp as it is where only the sources' times have changed.
  await fs.utimes(path.join(projectDir, STAMP), began, began);
}

/** Whether every source is older than the last compilation. */
async function isBuilt(projectDir: string): Promise<boolean> {
  try {
    const { mtimeMs: builtAt } = await fs.stat(path.join(projectDir, STAMP));
    const folders = await Promise.all(SOURCES.map((folder) => newest(path.join(projectDir, folder))));
    return Math.max(...folders) <= builtAt;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

async function newest(folder: string): Promise<number> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const time = async (entry: Dirent) => (await fs.stat(path.join(entry.parentPath, entry.name))).mtimeMs;
  return Math.max(0, ...(await Promise.all(entries.filter((entry) => entry.isFile()).map(time))));
}
