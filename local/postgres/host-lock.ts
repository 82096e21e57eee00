// Keeps two local workspaces from serving one data folder, and remembers what a killed one could not remove.
import { execFile } from "node:child_process";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { LocalWorkspaceError } from "../local-workspace-error.ts";

/** What the lock file says of its holder. */
interface Holder {
  pid: number;
  /** When that process started: process ids are used again. */
  started: string;
  /** A temporary folder that goes when the holder does. */
  temporaryFolder: string;
}

/** Takes the lock; returns the temporary folder that a killed holder has left, if any. */
export async function takeLock(file: string, temporaryFolder: string): Promise<string | undefined> {
  const own: Holder = { pid: process.pid, started: await startOf(process.pid), temporaryFolder };
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(own), { mode: 0o600 });
  try {
    let abandoned: string | undefined;
    // A link appears whole or not at all, and fails where the lock is held.
    while (!(await tryLink(draft, file))) {
      const holder = await readHolder(file);
      if (!holder) continue;
      if (holder.started !== "" && (await startOf(holder.pid)) === holder.started) {
        throw new LocalWorkspaceError(
          `the data folder is in use by the local workspace with process id ${holder.pid} (lock: ${file}); fix: stop that one, or give this one another folder with --data`,
        );
      }
      abandoned = holder.temporaryFolder;
      await rm(file, { force: true });
    }
    return abandoned;
  } finally {
    await rm(draft, { force: true });
  }
}

async function tryLink(draft: string, file: string): Promise<boolean> {
  return link(draft, file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** When the process started, as text to compare; empty where there is no such process. */
async function startOf(pid: number): Promise<string> {
  try {
    if (process.platform === "linux") {
      // The program's name, in parentheses, may contain spaces; the start time is the 20th field after it.
      const stat = await readFile(`/proc/${pid}/stat`, "utf8");
      return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
    }
    const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)]);
    return stdout.trim();
  } catch {
    return "";
  }
}
