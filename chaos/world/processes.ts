// Processes of a run: started in groups of their own, found again by the run's folder, ended by id.
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readdir, readFile, readlink } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** A process and its end. */
export interface Started {
  child: ChildProcess;
  /** Resolves with the exit code, null after a signal; never rejects. */
  ended: Promise<number | null>;
  hasEnded(): boolean;
}

/** Starts a process in a group of its own, its output added to a file. */
export function startProcess(
  command: string,
  args: readonly string[],
  logFile: string,
  options: Pick<SpawnOptions, "cwd" | "env">,
  channel: readonly "ipc"[] = [],
): Started {
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(command, args, {
    ...options,
    detached: true,
    stdio: ["ignore", log, log, ...channel],
  });
  closeSync(log);
  let over = false;
  const ended = new Promise<number | null>((resolve) => {
    const end = (code: number | null) => {
      over = true;
      resolve(code);
    };
    child.once("error", () => end(null));
    child.once("exit", end);
  });
  return { child, ended, hasEnded: () => over };
}

/** Sends a signal to a process or, with a negative id, to its group; nothing happens where there is none. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

/** Resolves to whether the process ended in time. */
export async function endsWithin(started: Started, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: timer.signal }).catch(() => {});
  await Promise.race([started.ended, late]);
  timer.abort();
  return started.hasEnded();
}

/** A process that belongs to a folder. */
export interface FoundProcess {
  pid: number;
  command: string;
}

/** The processes that work in the folder or were told of it, apart from this one. Linux only; elsewhere none. */
export async function processesOf(folder: string): Promise<FoundProcess[]> {
  const names = await readdir("/proc").catch(() => [] as string[]);
  const found = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .map(async (name): Promise<FoundProcess[]> => {
        const read = (file: string) => readFile(`/proc/${name}/${file}`, "latin1").catch(() => "");
        const [command, environment, state] = await Promise.all([
          read("cmdline"),
          read("environ"),
          read("stat"),
        ]);
        const directory = await readlink(`/proc/${name}/cwd`).catch(() => "");
        const isEnded = /\) [ZX] /.test(state);
        if (isEnded || ![command, environment, directory].some((text) => text.includes(folder))) return [];
        return [{ pid: Number(name), command: command.replaceAll("\0", " ").trim() }];
      }),
  );
  return found.flat();
}
