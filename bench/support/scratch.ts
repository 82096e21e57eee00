// One temporary folder for all that a bench makes, so that Ctrl-C can remove it whatever was under way.
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { processTree } from "./processes.ts";

/** The exit code after a signal. */
const interrupted = 1;
/** What a workspace needs to stop its servers, and then some. */
const endLimit = 15_000;

/**
 * Does the work with the environment's temporary folder in one of its own, which children inherit. After the work, or a
 * signal before its end, the children are ended and the folder is removed.
 */
export async function inScratchFolder(work: () => Promise<number>): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "lakebase-bench-"));
  // PostgreSQL's user has to reach its data in it.
  await chmod(folder, 0o711);
  process.env.TMPDIR = folder;
  const signal = new Promise<number>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => resolve(interrupted));
  });
  try {
    return await Promise.race([work(), signal]);
  } finally {
    await endChildren();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function endChildren(): Promise<void> {
  const children = (await processTree(process.pid)).slice(1);
  for (const pid of children) send(pid, "SIGTERM");
  const end = Date.now() + endLimit;
  while (children.some((pid) => send(pid, 0)) && Date.now() < end) await sleep(50);
  for (const pid of children) send(pid, "SIGKILL");
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
