// What a subcommand of `pulumi-lakebase` is.

/** One option of a subcommand. */
export interface OptionDescription {
  readonly type: "string" | "boolean";
  /** One letter. */
  readonly short?: string;
  /** What stands for the value in the help, such as `FILE`. */
  readonly value?: string;
  /** The values that are allowed; any by default. */
  readonly allowed?: readonly string[];
  /** What is allowed, for a value that is not; for values that are not a list of words. */
  readonly problem?: (value: string) => string | undefined;
  readonly description: string;
}

/** The parsed command line of a subcommand. */
export interface Arguments {
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
  /** Whatever stands after `--`. */
  readonly rest: readonly string[];
}

/** The outside world of a command. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The terminal that standard output is shown in, if it is one. */
  readonly terminal?: { columns(): number } | undefined;
  /** Ends what would go on for ever, as Ctrl-C does. */
  readonly interruption?: AbortSignal | undefined;
}

/** A subcommand. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** The command line after the command's name, such as `[FILE]`. */
  readonly usage: string;
  /** Paragraphs of the help, before the options. */
  readonly help: string;
  readonly options: Readonly<Record<string, OptionDescription>>;
  readonly maximumPositionals: number;
  /** Whether it takes arguments after `--`. */
  readonly takesRest?: boolean;
  /** Does it, and returns the exit code. */
  run(given: Arguments, surroundings: Surroundings): Promise<number>;
}

/** What the user can put right; shown without a stack trace, and the exit code is 1. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
