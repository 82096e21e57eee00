// The demo's own local workspace: a process with fresh data on free ports.
import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PROJECT_DIR } from "../project.ts";
import { type ReadyWorkspace, readReadyFile } from "../ready-file.ts";
import { DemoError } from "./error.ts";

const START_LIMIT = 120_000;
const STOP_LIMIT = 30_000;
const POLL = 50;

/** A local workspace that runs. */
export interface DemoWorkspace {
  /** Its Delta tables: a copy of the sample lakehouse, to be changed at will. */
  readonly lakehouse: string;
  readonly ready: ReadyWorkspace;
  readonly logFile: string;
}

/**
 * Starts a local workspace that keeps everything in this folder, and waits until it serves. Unless it is to be kept, it
 * ends with this process, however that ends.
 */
export async function startLocalWorkspace(
  folder: string,
  isKept: boolean,
  signal: AbortSignal,
): Promise<DemoWorkspace> {
  const readyFile = path.join(folder, "ready.json");
  const logFile = path.join(folder, "workspace.log");
  const log = await fs.open(logFile, "a");
  const lakehouse = path.join(folder, "lakehouse");
  await fs.cp(path.join(PROJECT_DIR, "examples", "lakehouse", "main"), path.join(lakehouse, "main"), {
    recursive: true,
  });
  const ports = ["--port", "0", "--postgres-port", "0"];
  const parent = isKept ? [] : ["--parent", String(process.pid)];
  const args = ["--data", path.join(folder, "data"), ...ports, ...parent, "--lakehouse", lakehouse];
  // In a process group of its own: Ctrl-C must first end the engine, which needs the workspace for that.
  const child = spawn(process.execPath, ["local/main.ts", ...args, "--ready-file", readyFile], {
    cwd: PROJECT_DIR,
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  await log.close();
  child.unref();
  let ended: string | undefined;
  child.once("error", (error) => {
    ended = error.message;
  });
  child.once("exit", (code, by) => {
    ended = `ended with ${by ?? `code ${code}`}`;
  });

  const deadline = Date.now() + START_LIMIT;
  while (true) {
    const ready = await readReadyFile(readyFile);
    if (ready !== undefined) return { ready, logFile, lakehouse };
    if (ended === undefined && !signal.aborted && Date.now() < deadline) {
      await delay(POLL);
      continue;
    }
    if (child.pid !== undefined && ended === undefined) await endProcess(child.pid);
    signal.throwIfAborted();
    throw new DemoError(
      `the local workspace did not start: ${ended ?? "timed out"}\n${await lastLines(logFile)}`,
    );
  }
}

/** Ends a local workspace and waits until its process is gone. */
export async function endProcess(pid: number): Promise<void> {
  const deadline = Date.now() + STOP_LIMIT;
  for (let signal: NodeJS.Signals | 0 = "SIGTERM"; send(pid, signal); signal = 0) {
    if (Date.now() > deadline)
      throw new DemoError(`the local workspace (process ${pid}) does not end: end it with kill -9 ${pid}`);
    await delay(POLL);
  }
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** The last lines of a log, for an error. */
async function lastLines(file: string): Promise<string> {
  return (await fs.readFile(file, "utf8")).trimEnd().split("\n").slice(-15).join("\n");
}
