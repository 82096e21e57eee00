// Where a stack's state comes from. Never with its secrets: the Pulumi CLI is not asked to show them.
import type { Arguments, OptionDescription, Surroundings } from "./command.ts";
import { pulumiOption, readStackText, type StackText } from "./stack-text.ts";

/** The options of a command that reads a stack's state. */
export const stackStateOptions: Readonly<Record<string, OptionDescription>> = {
  state: {
    type: "string",
    value: "FILE",
    description: "Exported state, - for standard input. Default: ask the Pulumi CLI for it.",
  },
  ...pulumiOption,
};

const state: StackText = {
  option: "state",
  what: "an exported state",
  command: ["stack", "export"],
  writtenBy: (file) => `pulumi stack export --file ${file}`,
  // States of large stacks have several megabytes.
  largest: 512 * 1024 * 1024,
};

/** The text of the state. */
export async function readStackState(
  name: string,
  given: Arguments,
  surroundings: Surroundings,
  signal?: AbortSignal,
): Promise<string> {
  return await readStackText(state, name, given, surroundings, signal);
}
