// Looks again and again until Ctrl-C: redrawn on a terminal, a line for each change elsewhere.
import { setTimeout as sleep } from "node:timers/promises";
import { changesBetween, renderStatus, type StackStatus, shown } from "../status/index.ts";
import { CommandError, type Surroundings } from "./command.ts";

/** What is watched, and how. */
export interface Watch {
  look(signal: AbortSignal): Promise<StackStatus>;
  seconds: number;
  isJson: boolean;
  surroundings: Surroundings;
}

/** Watches until it is interrupted; the exit code. */
export async function watchStatus(watch: Watch): Promise<number> {
  const ended = new AbortController();
  const end = () => ended.abort();
  const { interruption, terminal } = watch.surroundings;
  if (interruption?.aborted) return 0;
  interruption?.addEventListener("abort", end, { once: true });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  const show = terminal === undefined || watch.isJson ? inLines(watch) : redrawn(watch, terminal);
  try {
    while (!ended.signal.aborted) {
      show(await lookOrProblem(watch, ended.signal));
      await sleep(watch.seconds * 1000, undefined, { signal: ended.signal });
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  } finally {
    interruption?.removeEventListener("abort", end);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, end);
  }
  return 0;
}

/** A workspace that does not answer for a while is part of what is watched for. */
async function lookOrProblem({ look }: Watch, signal: AbortSignal): Promise<StackStatus | CommandError> {
  try {
    return await look(signal);
  } catch (error) {
    if (!signal.aborted && error instanceof CommandError) return error;
    throw error;
  }
}

type Show = (seen: StackStatus | CommandError) => void;

const toTop = "\x1b[H";
const clearLine = "\x1b[K";
const clearBelow = "\x1b[J";

function redrawn(
  { surroundings: { stdout, env }, seconds }: Watch,
  terminal: NonNullable<Surroundings["terminal"]>,
): Show {
  stdout(`${toTop}${clearBelow}`);
  return (seen) => {
    const body =
      seen instanceof CommandError
        ? `${seen.message}\n`
        : renderStatus(seen, { width: terminal.columns(), colour: !env.NO_COLOR });
    const lines = `${body}\nevery ${seconds} s, Ctrl-C ends it\n`.split("\n");
    stdout(`${toTop}${lines.join(`${clearLine}\n`)}${clearBelow}`);
  };
}

function inLines({ surroundings: { stdout }, isJson }: Watch): Show {
  let last: StackStatus | undefined;
  let lastProblem: string | undefined;
  return (seen) => {
    const time = new Date().toISOString();
    if (seen instanceof CommandError) {
      if (seen.message === lastProblem) return;
      lastProblem = seen.message;
      return stdout(
        isJson
          ? `${JSON.stringify({ takenAt: time, error: seen.message })}\n`
          : `${time} ${shown(seen.message)}\n`,
      );
    }
    const changes = changesBetween(last, seen);
    if (lastProblem !== undefined) changes.unshift("the workspace answers again");
    last = seen;
    lastProblem = undefined;
    if (changes.length === 0) return;
    stdout(
      isJson ? `${JSON.stringify(seen)}\n` : changes.map((change) => `${time} ${shown(change)}\n`).join(""),
    );
  };
}
