// A text about a stack: from a file, from standard input, or from the Pulumi CLI that is asked for it.
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { type Arguments, CommandError, type OptionDescription, type Surroundings } from "./command.ts";

/** A kind of such a text. */
export interface StackText {
  /** The option that names its file, without dashes. */
  option: string;
  /** What the file holds, for people: `an exported state`. */
  what: string;
  /** Arguments of the Pulumi CLI that print it. */
  command: readonly string[];
  /** The command that writes the file. */
  writtenBy(file: string): string;
  /** Bytes of the longest one. Default: execFile's own limit. */
  largest?: number;
}

/** The option that names the Pulumi CLI. */
export const pulumiOption: Readonly<Record<string, OptionDescription>> = {
  pulumi: { type: "string", value: "PROGRAM", description: "The Pulumi CLI. Default: pulumi." },
};

/**
 * Reads it.
 *
 * @param name of the subcommand, for errors
 * @throws CommandError when there is no such file, or the CLI does not print it
 */
export async function readStackText(
  kind: StackText,
  name: string,
  { options, rest }: Arguments,
  surroundings: Surroundings,
  signal?: AbortSignal,
): Promise<string> {
  const { [kind.option]: file, pulumi = "pulumi" } = options;
  if (file === "-") return await text(surroundings.stdin);
  if (typeof file !== "string")
    return await askPulumi(kind, name, { pulumi: String(pulumi), rest }, surroundings, signal);
  try {
    return await fs.readFile(path.resolve(surroundings.cwd, file), "utf8");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : code;
    throw new CommandError(
      `${name}: cannot read "${file}": ${reason}; fix: write it with: ${kind.writtenBy(file)}`,
    );
  }
}

function askPulumi(
  { option, what, command, largest }: StackText,
  name: string,
  { pulumi, rest }: { pulumi: string; rest: readonly string[] },
  { cwd, env }: Surroundings,
  signal: AbortSignal | undefined,
): Promise<string> {
  const limits = { ...(largest ? { maxBuffer: largest } : {}), ...(signal ? { signal } : {}) };
  const args = [...command, "--non-interactive", ...rest];
  return new Promise((resolve, reject) => {
    execFile(pulumi, args, { cwd, env, ...limits }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (signal?.aborted) return reject(signal.reason);
      const isMissing = error.code === ("ENOENT" as unknown);
      const reason = isMissing ? `cannot run "${pulumi}": it is not there` : stderr.trim() || error.message;
      const fix = isMissing
        ? `name the Pulumi CLI with --pulumi, or give ${what} with --${option}`
        : "run it where the stack's program is, and name the stack: -- --stack STACK";
      reject(new CommandError(`${name}: ${reason}; fix: ${fix}`));
    });
  });
}
