// The second way: an engine kept in the user's cache, and how one gets there whole or not at all.
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { executable, isExecutable, launcherFolder } from "./on-path.ts";
import type { Engine, Outcome, Search } from "./types.ts";

/** An engine that can be made: its version, and a text that changes whenever it would be made otherwise. */
export interface Recipe {
  readonly version: string;
  readonly text: string;
}

const MANIFEST = "engine.json";
/** Marks folders under construction; whoever holds the lock may remove those he finds. */
const UNFINISHED = ".unfinished-";

/** The folder for engines: pulumi-lakebase/engine in the user's cache on this platform. */
export function engineCacheDir(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  return path.join(userCacheDir(env, platform), "pulumi-lakebase", "engine");
}

function userCacheDir(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  // The specification tells programs to ignore a relative path.
  if (env.XDG_CACHE_HOME !== undefined && path.isAbsolute(env.XDG_CACHE_HOME)) return env.XDG_CACHE_HOME;
  const home = env.HOME || os.homedir();
  if (platform === "darwin") return path.join(home, "Library", "Caches");
  if (platform === "win32") return env.LOCALAPPDATA || path.join(home, "AppData", "Local");
  return path.join(home, ".cache");
}

/** Looks for the first of these recipes whose result is in the cache. */
export async function lookInCache({ cacheDir }: Search, recipes: readonly Recipe[]): Promise<Outcome> {
  const reasons: string[] = [];
  for (const recipe of recipes) {
    const folder = folderOf(cacheDir, recipe);
    const text = await readManifest(folder);
    if (text === recipe.text && (await isExecutable(path.join(folder, executable("pulumi")))))
      return { engine: engineIn(folder, recipe.version) };
    if (text !== undefined) reasons.push(`${folder} was made by another version of this project`);
  }
  return { reason: reasons.length > 0 ? reasons.join("; ") : `nothing in ${cacheDir}` };
}

/**
 * Makes an engine in a temporary folder, then moves it to its place in one step. The caller holds the lock.
 * `make` puts the CLI and its language host into the folder it gets.
 */
export async function keepInCache(
  cacheDir: string,
  recipe: Recipe,
  make: (folder: string) => Promise<void>,
): Promise<Engine> {
  await fs.mkdir(cacheDir, { recursive: true });
  const temporary = await fs.mkdtemp(path.join(cacheDir, UNFINISHED));
  try {
    await make(temporary);
    await addLauncher(temporary);
    await fs.writeFile(
      path.join(temporary, MANIFEST),
      `${JSON.stringify({ recipe: recipe.text }, null, 2)}\n`,
    );
    await fs.chmod(temporary, 0o755);
    const folder = folderOf(cacheDir, recipe);
    await setAside(folder, cacheDir);
    await fs.rename(temporary, folder);
    return engineIn(folder, recipe.version);
  } finally {
    await fs.rm(temporary, { recursive: true, force: true });
  }
}

/** Removes what interrupted runs left. Only for the holder of the lock: everything unfinished is then nobody's. */
export async function removeUnfinished(cacheDir: string): Promise<void> {
  for (const name of await fs.readdir(cacheDir))
    if (name.startsWith(UNFINISHED)) await fs.rm(path.join(cacheDir, name), { recursive: true, force: true });
}

/** The name of this platform in folder names. */
export function platformName(): string {
  return `${process.platform}-${process.arch}`;
}

function folderOf(cacheDir: string, recipe: Recipe): string {
  return path.join(cacheDir, `${recipe.version}-${platformName()}`);
}

function engineIn(folder: string, version: string): Engine {
  return { pulumi: path.join(folder, executable("pulumi")), path: [folder], source: "cache", version };
}

async function readManifest(folder: string): Promise<string | undefined> {
  try {
    const manifest: unknown = JSON.parse(await fs.readFile(path.join(folder, MANIFEST), "utf8"));
    return String((manifest as { recipe?: unknown }).recipe);
  } catch {
    return undefined;
  }
}

// Beside the CLI the launcher counts as part of it; found elsewhere on PATH, the engine warns on every run.
async function addLauncher(folder: string): Promise<void> {
  const from = await launcherFolder();
  for (const name of ["pulumi-resource-pulumi-nodejs", "pulumi-resource-pulumi-nodejs.cmd"]) {
    const target = path.join(folder, name);
    if (from !== undefined && !(await isExecutable(target))) await fs.copyFile(path.join(from, name), target);
  }
}

// A process that runs from the old folder keeps its open files, so nothing breaks for it.
async function setAside(folder: string, cacheDir: string): Promise<void> {
  const aside = await fs.mkdtemp(path.join(cacheDir, UNFINISHED));
  try {
    await fs.rename(folder, path.join(aside, "old"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  } finally {
    await fs.rm(aside, { recursive: true, force: true });
  }
}
