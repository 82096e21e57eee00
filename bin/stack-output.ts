// What a stack's `lakebase` output says.
import { settingsFromExports } from "../client/exports.ts";
import type { ConnectionSettings } from "../client/settings.ts";
import { describeProblems, type Problem } from "../lakebase/rules/index.ts";
import { type Arguments, CommandError, type OptionDescription, type Surroundings } from "./command.ts";
import { pulumiOption, readStackText, type StackText } from "./stack-text.ts";

/** The options of a command that reads a stack's output. */
export const stackOutputOptions: Readonly<Record<string, OptionDescription>> = {
  "stack-output": {
    type: "string",
    value: "FILE",
    description: "JSON of the output, - for standard input. Default: ask the Pulumi CLI for it.",
  },
  ...pulumiOption,
};

const lakebaseOutput: StackText = {
  option: "stack-output",
  what: "the output",
  command: ["stack", "output", "lakebase", "--json"],
  writtenBy: () => "pulumi stack output lakebase --json",
};

/** What the output says of the connection; all that is wrong with it is told at once. */
export async function readStackOutput(
  name: string,
  given: Arguments,
  surroundings: Surroundings,
): Promise<ConnectionSettings> {
  const output = await readStackText(lakebaseOutput, name, given, surroundings);
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
