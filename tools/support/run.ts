// Runs a command in a process group of its own: with a time limit, its lines handed on, and no child left behind.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** How a command is to be run. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The command and its children are ended after so many milliseconds; no limit by default. */
  readonly timeout?: number;
  /** Gets each line of standard output and standard error as it comes. */
  readonly onLine?: (line: string) => void;
}

/** How a command ended. */
export interface RunResult {
  /** The exit code; undefined when a signal ended the command or it could not be started. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** Set when the command could not be started at all. */
  readonly startError?: NodeJS.ErrnoException;
}

const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const GRACE = 5_000;

/** Runs a command and waits for its end. Never rejects: whatever happened is in the result. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    const out: string[] = [];
    const err: string[] = [];
    collect(child.stdout, out, options.onLine);
    collect(child.stderr, err, options.onLine);

    const release = forwardSignals((signal) => endGroup(child.pid, signal));
    let timedOut = false;
    let force: NodeJS.Timeout | undefined;
    const limit = setTimeoutIf(options.timeout, () => {
      timedOut = true;
      endGroup(child.pid, "SIGTERM");
      force = setTimeout(() => endGroup(child.pid, "SIGKILL"), GRACE);
    });
    const finish = (code: number | undefined, startError?: NodeJS.ErrnoException) => {
      clearTimeout(limit);
      clearTimeout(force);
      release();
      const result = { code, stdout: out.join("\n"), stderr: err.join("\n"), timedOut };
      resolve(startError === undefined ? result : { ...result, startError });
    };
    child.once("error", (error) => finish(undefined, error));
    child.once("close", (code) => finish(code ?? undefined));
  });
}

/** The reason in one line why a command did not succeed: the last thing it said. */
export function failureOf(command: string, result: RunResult): string {
  if (result.startError?.code === "ENOENT") return `\`${command}\` is not there`;
  if (result.startError !== undefined)
    return `\`${command}\` could not be started: ${result.startError.message}`;
  const said = [
    ...result.stderr.split("\n"),
    ...(result.stderr.trim() === "" ? result.stdout.split("\n") : []),
  ]
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .slice(-3)
    .join(" / ");
  const how = result.timedOut
    ? "did not end in time"
    : `ended with ${result.code === undefined ? "a signal" : `code ${result.code}`}`;
  return `\`${command}\` ${how}${said === "" ? "" : `: ${said}`}`;
}

function collect(stream: Readable, into: string[], onLine: RunOptions["onLine"]): void {
  createInterface({ input: stream }).on("line", (line) => {
    into.push(line);
    onLine?.(line);
  });
}

function setTimeoutIf(milliseconds: number | undefined, action: () => void): NodeJS.Timeout | undefined {
  return milliseconds === undefined ? undefined : setTimeout(action, milliseconds);
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has already ended.
  }
}

// A process group of its own does not get the terminal's Ctrl-C, so it is passed on; when nobody else handles the
// signal, this process then ends as it would have without the child.
function forwardSignals(pass: (signal: NodeJS.Signals) => void): () => void {
  let received: NodeJS.Signals | undefined;
  const handler = (signal: NodeJS.Signals) => {
    received = signal;
    pass(signal);
  };
  const leaving = () => pass("SIGTERM");
  for (const signal of ENDING_SIGNALS) process.on(signal, handler);
  process.on("exit", leaving);
  return () => {
    process.off("exit", leaving);
    for (const signal of ENDING_SIGNALS) process.off(signal, handler);
    if (received !== undefined && process.listenerCount(received) === 0) process.kill(process.pid, received);
  };
}
