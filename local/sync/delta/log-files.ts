// The files of a table's _delta_log folder: which commits and checkpoints there are.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { SyncError } from "../sync-error.ts";
import { type Action, type Commit, commitOf } from "./actions.ts";

/** A complete checkpoint: the state of the table at a version, in one or more files. */
export interface CheckpointFiles {
  version: number;
  /** Paths of the files; JSON or Parquet. */
  files: string[];
}

/** What the folder holds, in ascending order of versions. */
export interface LogFiles {
  commits: number[];
  checkpoints: CheckpointFiles[];
}

const commitName = /^(\d{20})\.json$/;
// Classic in one file, classic in several, and version 2 under a UUID.
const checkpointName = /^(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10})|\.[0-9a-f-]{36})?\.(?:parquet|json)$/;

/** Lists the folder; undefined where there is no Delta table. */
export async function listLog(tableDir: string): Promise<LogFiles | undefined> {
  const folder = join(tableDir, "_delta_log");
  let names: string[];
  try {
    names = (await readdir(folder)).sort();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
  const commits = names.flatMap((name) => commitName.exec(name)?.[1] ?? []).map(Number);
  const checkpoints = completeCheckpoints(folder, names);
  if (commits.length === 0 && checkpoints.length === 0) return undefined;
  return { commits, checkpoints };
}

/** A checkpoint in several files counts only when all of them are there. */
function completeCheckpoints(folder: string, names: readonly string[]): CheckpointFiles[] {
  const groups = new Map<string, { version: number; wanted: number; files: string[] }>();
  for (const name of names) {
    const found = checkpointName.exec(name);
    if (!found) continue;
    const [, version = "", part, parts] = found;
    const key = part === undefined ? name : `${version} of ${parts}`;
    const group = groups.get(key) ?? { version: Number(version), wanted: Number(parts ?? 1), files: [] };
    group.files.push(join(folder, name));
    groups.set(key, group);
  }
  return [...groups.values()]
    .filter(({ wanted, files }) => files.length === wanted)
    .map(({ version, files }) => ({ version, files }))
    .sort((a, b) => a.version - b.version);
}

/** The path of a commit. */
export function commitFile(tableDir: string, version: number): string {
  return join(tableDir, "_delta_log", `${String(version).padStart(20, "0")}.json`);
}

/** Reads a commit; undefined when it is not there, or was cleaned up. */
export async function readCommit(tableDir: string, version: number): Promise<Commit | undefined> {
  const file = commitFile(tableDir, version);
  let text: string;
  let writtenAt: number;
  try {
    text = await readFile(file, "utf8");
    writtenAt = (await stat(file)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return commitOf(
    version,
    lines.map((line, index) => parseAction(line, file, index + 1)),
    Math.floor(writtenAt),
  );
}

/** One action of a line of JSON. */
export function parseAction(line: string, file: string, number: number): Action {
  try {
    return JSON.parse(line) as Action;
  } catch (error) {
    throw new SyncError(`${file}, line ${number}, is not valid JSON: ${(error as Error).message}`);
  }
}
