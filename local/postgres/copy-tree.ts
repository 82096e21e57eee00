// Copies a data directory, by sharing blocks where the file system can.
import { constants } from "node:fs";
import { chown, copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Files copied at the same time: enough to keep a disk busy, few enough to leave the thread pool usable. */
const PARALLEL = 8;

/** How {@link copyTree} treats what it meets. */
export interface CopyOptions {
  /** Relative paths for which the content is left out; a folder stays as an empty one. */
  skipContent?: (relativePath: string) => boolean;
  /** Relative paths that are left out whole. */
  skip?: (relativePath: string) => boolean;
  owner?: { uid: number; gid: number } | undefined;
}

/**
 * Copies folders and plain files; permissions stay, owner-only for folders as PostgreSQL demands.
 * A file that vanishes meanwhile is left out: a live server drops files, and its write-ahead log knows.
 */
export async function copyTree(source: string, target: string, options: CopyOptions = {}): Promise<void> {
  const files: string[] = [];
  await copyFolders(source, target, "", options, files);
  const workers = Array.from({ length: PARALLEL }, async () => {
    for (let file = files.pop(); file !== undefined; file = files.pop()) {
      await copyOne(join(source, file), join(target, file), options).catch((error) => {
        files.length = 0;
        throw error;
      });
    }
  });
  // Nothing is being written any more when a failure is told: the next attempt makes the folder anew.
  const results = await Promise.allSettled(workers);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function copyFolders(
  source: string,
  target: string,
  path: string,
  options: CopyOptions,
  files: string[],
): Promise<void> {
  const folder = join(target, path);
  await mkdir(folder, { mode: 0o700, recursive: true });
  if (options.owner) await chown(folder, options.owner.uid, options.owner.gid);
  if (options.skipContent?.(path)) return;
  for (const entry of await readdir(join(source, path), { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (options.skip?.(child)) continue;
    if (entry.isDirectory()) await copyFolders(source, target, child, options, files);
    else if (entry.isFile()) files.push(child);
  }
}

async function copyOne(source: string, target: string, options: CopyOptions): Promise<void> {
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (options.owner) await chown(target, options.owner.uid, options.owner.gid);
}
