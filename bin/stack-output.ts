// Where a stack's `lakebase` output comes from: a file, standard input, or the Pulumi CLI asked for it.
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { settingsFromExports } from "../client/exports.ts";
import type { ConnectionSettings } from "../client/settings.ts";
import { describeProblems, type Problem } from "../lakebase/rules/index.ts";
import { type Arguments, CommandError, type OptionDescription, type Surroundings } from "./command.ts";

/** The options of a command that reads a stack's output. */
export const stackOutputOptions: Readonly<Record<string, OptionDescription>> = {
  "stack-output": {
    type: "string",
    value: "FILE",
    description: "JSON of the output, - for standard input. Default: ask the Pulumi CLI for it.",
  },
  pulumi: { type: "string", value: "PROGRAM", description: "The Pulumi CLI. Default: pulumi." },
};

/** What the output says of the connection; all that is wrong with it is told at once. */
export async function readStackOutput(
  name: string,
  given: Arguments,
  surroundings: Surroundings,
): Promise<ConnectionSettings> {
  const output = await readText(name, given, surroundings);
  const problems: Problem[] = [];
  const settings = settingsFromExports(parse(name, output), problems);
  if (problems.length > 0) throw new CommandError(describeProblems(name, problems));
  return settings;
}

function parse(name: string, output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    // Not shown: it may be anything.
    throw new CommandError(
      `${name}: the stack's output is not JSON; fix: write it with: pulumi stack output lakebase --json`,
    );
  }
}

async function readText(
  name: string,
  { options, rest }: Arguments,
  surroundings: Surroundings,
): Promise<string> {
  const { "stack-output": file, pulumi = "pulumi" } = options;
  if (file === "-") return await text(surroundings.stdin);
  if (typeof file !== "string") return await askPulumi(name, String(pulumi), rest, surroundings);
  try {
    return await fs.readFile(path.resolve(surroundings.cwd, file), "utf8");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : code;
    throw new CommandError(
      `${name}: cannot read "${file}": ${reason}; fix: write it with: pulumi stack output lakebase --json`,
    );
  }
}

function askPulumi(
  name: string,
  pulumi: string,
  rest: readonly string[],
  { cwd, env }: Surroundings,
): Promise<string> {
  const args = ["stack", "output", "lakebase", "--json", "--non-interactive", ...rest];
  return new Promise((resolve, reject) => {
    execFile(pulumi, args, { cwd, env }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const isMissing = error.code === ("ENOENT" as unknown);
      const reason = isMissing ? `cannot run "${pulumi}": it is not there` : stderr.trim();
      const fix = isMissing
        ? "name the Pulumi CLI with --pulumi, or give the output with --stack-output"
        : "run it where the stack's program is, and name the stack: -- --stack STACK";
      reject(new CommandError(`${name}: ${reason}; fix: ${fix}`));
    });
  });
}
