// Where a stack's state comes from: a file, standard input, or the Pulumi CLI asked for it. Never with its secrets.
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { type Arguments, CommandError, type OptionDescription, type Surroundings } from "./command.ts";

/** The options of a command that reads a stack's state. */
export const stackStateOptions: Readonly<Record<string, OptionDescription>> = {
  state: {
    type: "string",
    value: "FILE",
    description: "Exported state, - for standard input. Default: ask the Pulumi CLI for it.",
  },
  pulumi: { type: "string", value: "PROGRAM", description: "The Pulumi CLI. Default: pulumi." },
};

/** The text of the state. */
export async function readStackState(
  name: string,
  { options, rest }: Arguments,
  surroundings: Surroundings,
  signal?: AbortSignal,
): Promise<string> {
  const { state: file, pulumi = "pulumi" } = options;
  if (file === "-") return await text(surroundings.stdin);
  if (typeof file !== "string") return await askPulumi(name, String(pulumi), rest, surroundings, signal);
  try {
    return await fs.readFile(path.resolve(surroundings.cwd, file), "utf8");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : code;
    throw new CommandError(
      `${name}: cannot read "${file}": ${reason}; fix: write it with: pulumi stack export --file ${file}`,
    );
  }
}

/** States of large stacks have several megabytes. */
const largest = 512 * 1024 * 1024;

function askPulumi(
  name: string,
  pulumi: string,
  rest: readonly string[],
  { cwd, env }: Surroundings,
  signal: AbortSignal | undefined,
): Promise<string> {
  const args = ["stack", "export", "--non-interactive", ...rest];
  return new Promise((resolve, reject) => {
    execFile(
      pulumi,
      args,
      { cwd, env, maxBuffer: largest, ...(signal ? { signal } : {}) },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        if (signal?.aborted) return reject(signal.reason);
        const isMissing = error.code === ("ENOENT" as unknown);
        const reason = isMissing ? `cannot run "${pulumi}": it is not there` : stderr.trim();
        const fix = isMissing
          ? "name the Pulumi CLI with --pulumi, or give an exported state with --state"
          : "run it where the stack's program is, and name the stack: -- --stack STACK";
        reject(new CommandError(`${name}: ${reason}; fix: ${fix}`));
      },
    );
  });
}
