// Chooses the subcommand, runs it, and tells mistakes without a stack trace.
import { CommandError, type Surroundings } from "./command.ts";
import { commandHelp, didYouMean, parseCommandLine, withHelp } from "./command-line.ts";
import { commands } from "./commands/index.ts";

/** Runs a command line (without node and script); returns the exit code. */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    return await dispatch(args, surroundings);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    surroundings.stderr(`${error.message}\n`);
    return 1;
  }
}

async function dispatch([name, ...args]: readonly string[], surroundings: Surroundings): Promise<number> {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    surroundings.stdout(await overview());
    return 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    const kind = name.startsWith("-") ? "option" : "command";
    throw new CommandError(
      withHelp("", [`unknown ${kind} ${name}${didYouMean(name, Object.keys(commands))}`]),
    );
  }
  const command = await load();
  const own = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  if (own.includes("--help") || own.includes("-h")) {
    surroundings.stdout(commandHelp(name, command));
    return 0;
  }
  return await command.run(parseCommandLine(name, command, args), surroundings);
}

async function overview(): Promise<string> {
  const loaded = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => [name, (await load()).summary] as const),
  );
  const width = Math.max(...loaded.map(([name]) => name.length)) + 2;
  const lines = loaded.map(([name, summary]) => `  ${name.padEnd(width)}${summary}`);
  return `Usage: pulumi-lakebase COMMAND [OPTIONS]\n\nCommands:\n${lines.join("\n")}\n\npulumi-lakebase COMMAND --help tells more.\n`;
}
