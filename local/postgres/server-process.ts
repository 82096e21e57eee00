// One PostgreSQL server process: start, readiness, stop, and the end of what a killed workspace left behind.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile, readlink, realpath, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Binaries } from "./binaries.ts";
import { serverUser } from "./server-user.ts";
import { SOCKET_FOLDER, SOCKET_PORT } from "./settings.ts";

/** A server that accepts connections. */
export interface ServerProcess {
  readonly pid: number;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** Ends all sessions with 57P01, writes everything down and exits; harder means follow if it hangs. */
  stop(): Promise<void>;
}

// The server's life hangs on a pipe that only this process holds. However this process ends, the kernel closes
// the pipe, the reader sees its end and asks for a fast shutdown; a line means that the server is gone already.
// The reader is detached first (the server treats each child that it has not started as a crashed backend),
// and the server takes the shell's place, so that its process id and exit are this process's to see.
const LIFELINE = `( ( read -r _ <&3 || kill -INT $$ ) </dev/null >/dev/null 2>&1 & ); exec "$@" 3<&-`;

/** Crash recovery of a large instance takes its time; a server that neither gets ready nor exits is stuck. */
const START_DEADLINE = 120_000;
const STOP_DEADLINE = 30_000;
const POLL = 5;

/** How the server's processes name the data directory. */
export function dataDirArgument(dataDir: string): string {
  // Root may keep the data below folders that the servers' user cannot enter (root's home): a process enters its
  // working directory while it is root still, and reaches it by this link without walking the path.
  return serverUser() && process.platform === "linux" ? "/proc/self/cwd" : dataDir;
}

/** Starts a server on a data directory; resolves once it accepts connections. */
export async function startServer(
  binaries: Binaries,
  dataDir: string,
  logFile: string,
  settings: Record<string, string>,
): Promise<ServerProcess> {
  await reapServer(dataDir);
  // The last run's log stays, it may tell why that one ended.
  await rename(logFile, `${logFile}.previous`).catch(() => {});
  const deadline = Date.now() + START_DEADLINE;
  for (;;) {
    const started = await tryStart(binaries, dataDir, logFile, settings, deadline);
    if (typeof started !== "string") return started;
    // After a killed server its sessions need a moment to notice and let go of the shared memory.
    if (
      !/pre-existing shared memory block|lock file .* already exists/.test(started) ||
      Date.now() > deadline
    ) {
      throw new Error(
        `the PostgreSQL server did not start: ${started.trim() || "no output"} (log: ${logFile})`,
      );
    }
    await delay(100);
  }
}

/** Returns the running server, or what a failed one wrote. */
async function tryStart(
  binaries: Binaries,
  dataDir: string,
  logFile: string,
  settings: Record<string, string>,
  deadline: number,
): Promise<ServerProcess | string> {
  const log = openSync(logFile, "w", 0o600);
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn(
    "/bin/sh",
    ["-c", LIFELINE, "postgres", binaries.postgres, "-D", dataDirArgument(dataDir), ...options],
    {
      cwd: dataDir,
      env: binaries.environment,
      // A session of its own: Ctrl-C in the terminal is this process's to handle, in its order.
      detached: true,
      stdio: ["ignore", log, log, "pipe"],
      ...serverUser(),
    },
  );
  closeSync(log);
  const server = supervise(child);
  let exited = false;
  void server.exited.then(() => {
    exited = true;
  });
  while (!exited) {
    if (await isReady(dataDir, child.pid)) return server;
    if (Date.now() > deadline) {
      await server.stop();
      return `not ready within ${START_DEADLINE / 1000} s; ${await readFile(logFile, "utf8")}`;
    }
    await Promise.race([delay(POLL), server.exited]);
  }
  if (child.pid === undefined)
    return "the process could not be created (as root, this needs the right to change user)";
  return readFile(logFile, "utf8");
}

function supervise(child: ChildProcess): ServerProcess {
  const lifeline = child.stdio[3] as Writable | null | undefined;
  // The reader may be gone (killed): nothing is lost with it.
  lifeline?.on("error", () => {});
  const exited = new Promise<void>((resolve) => {
    const ended = () => {
      lifeline?.end("ended\n");
      resolve();
    };
    child.once("exit", ended);
    child.once("error", ended);
  });
  return {
    pid: child.pid ?? 0,
    exited,
    stop: async () => {
      // Fast, then immediate (crash recovery at the next start), then by force.
      for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
        child.kill(signal);
        if (await settlesWithin(exited, STOP_DEADLINE)) return;
      }
      await exited;
    },
  };
}

async function settlesWithin(promise: Promise<void>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(milliseconds, false, { signal: timer.signal }).catch(() => false);
  const result = await Promise.race([promise.then(() => true), late]);
  timer.abort();
  return result;
}

/** The lines of postmaster.pid: process id first, status eighth. */
async function lockFile(dataDir: string): Promise<string[]> {
  try {
    return (await readFile(join(dataDir, "postmaster.pid"), "utf8")).split("\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

async function isReady(dataDir: string, pid: number | undefined): Promise<boolean> {
  const lines = await lockFile(dataDir);
  return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
}

/** Ends a server that a killed workspace left on the data directory; resolves to whether there was one. */
export async function reapServer(dataDir: string): Promise<boolean> {
  const pid = Number((await lockFile(dataDir))[0]);
  if (!Number.isInteger(pid) || pid <= 1) return false;
  if (!(await serves(pid, dataDir))) {
    // The server would refuse to start for this stranger's sake. (Where no process has the id it cleans up itself,
    // and needs the file to find sessions of a killed server.)
    if (isAlive(pid)) await removeLockFiles(dataDir);
    return false;
  }
  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return true;
    }
    for (const deadline = Date.now() + STOP_DEADLINE; Date.now() < deadline; await delay(POLL)) {
      if (!(await serves(pid, dataDir))) return true;
    }
  }
  throw new Error(
    `the PostgreSQL server with process id ${pid} on ${dataDir} does not end; fix: end it by hand`,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function removeLockFiles(dataDir: string): Promise<void> {
  await rm(join(dataDir, "postmaster.pid"), { force: true });
  await rm(join(dataDir, SOCKET_FOLDER, `.s.PGSQL.${SOCKET_PORT}.lock`), { force: true });
}

/** Whether the process is a server on the data directory: after a reboot its id may be another program's. */
async function serves(pid: number, dataDir: string): Promise<boolean> {
  try {
    if (process.platform === "linux")
      return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(dataDir));
    const { stdout } = await promisify(execFile)("ps", ["-o", "command=", "-p", String(pid)]);
    return stdout.includes("postgres") && stdout.includes(dataDir);
  } catch {
    return false;
  }
}
