// One process at a time in a folder: the lock is SQLite's, so the operating system frees it however its owner ends.
import fs from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

const POLL = 250;
const SQLITE_BUSY = 5;

/** Runs `work` while no other process holds the lock of this folder; `signal` ends the waiting for it. */
export async function withLock<T>(
  folder: string,
  onWait: (owner: string) => void,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await fs.mkdir(folder, { recursive: true });
  const ownerFile = path.join(folder, ".lock-owner");
  const database = new DatabaseSync(path.join(folder, ".lock"), { timeout: 0 });
  try {
    let said = false;
    while (!tryLock(database)) {
      if (!said) onWait(await readOwner(ownerFile));
      said = true;
      await delay(POLL, undefined, signal === undefined ? {} : { signal });
    }
    await fs.writeFile(ownerFile, `process ${process.pid}`);
    return await work();
  } finally {
    database.close();
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw error;
  }
}

async function readOwner(file: string): Promise<string> {
  try {
    return await fs.readFile(file, "utf8");
  } catch {
    return "another process";
  }
}
