// Parses a subcommand's arguments, with every mistake at once, and writes its help.
import { parseArgs } from "node:util";
import { type Arguments, type Command, CommandError } from "./command.ts";

/**
 * Parses what stands after the subcommand's name.
 *
 * @throws CommandError with every problem, one a line
 */
export function parseCommandLine(name: string, command: Command, args: readonly string[]): Arguments {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  const rest = end === -1 ? [] : args.slice(end + 1);
  const { tokens } = parseArgs({
    args: [...own],
    options: Object.fromEntries(
      Object.entries(command.options).map(([option, { type, short }]) => [
        option,
        short === undefined ? { type } : { type, short },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const options: Record<string, string | boolean> = {};
  const positionals: string[] = [];
  const problems: string[] = [];
  let afterUnknown = false;
  for (const token of tokens) {
    // What follows an unknown option is most likely its value, and no mistake of its own.
    if (token.kind === "positional" && !afterUnknown) positionals.push(token.value);
    afterUnknown = token.kind === "option" && !Object.hasOwn(command.options, token.name);
    if (token.kind !== "option") continue;
    const problem = optionProblem(command, token.rawName, token.name, token.value);
    if (problem === undefined) options[token.name] = token.value ?? true;
    else problems.push(problem);
  }
  problems.push(...positionalProblems(command, positionals, rest));
  if (problems.length > 0) throw new CommandError(withHelp(name, problems));
  return { options, positionals, rest };
}

function optionProblem(
  command: Command,
  rawName: string,
  name: string,
  value: string | undefined,
): string | undefined {
  const option = Object.hasOwn(command.options, name) ? command.options[name] : undefined;
  if (option === undefined)
    return `unknown option ${rawName}${didYouMean(name, Object.keys(command.options), "--")}`;
  if (option.type === "boolean") {
    return value === undefined
      ? undefined
      : `option ${rawName} takes no value (given: "${value}"); fix: write ${rawName}`;
  }
  const form = `${rawName}=${option.value ?? "VALUE"}`;
  if (value === undefined || value === "") return `option ${rawName} wants a value; fix: write ${form}`;
  const allowed =
    option.allowed === undefined || option.allowed.includes(value)
      ? option.problem?.(value)
      : option.allowed.join(", ");
  return allowed === undefined ? undefined : `option ${rawName} cannot be "${value}"; allowed: ${allowed}`;
}

function positionalProblems(
  command: Command,
  positionals: readonly string[],
  rest: readonly string[],
): string[] {
  const surplus = positionals.slice(command.maximumPositionals);
  return [
    ...surplus.map((argument) => `unexpected argument "${argument}"`),
    ...(rest.length > 0 && command.takesRest !== true
      ? [`unexpected arguments after --: ${rest.join(" ")}`]
      : []),
  ];
}

/** The problems, and where help is. */
export function withHelp(name: string, problems: readonly string[]): string {
  const command = ["pulumi-lakebase", name].filter((part) => part !== "").join(" ");
  return `${problems.map((problem) => `${command}: ${problem}`).join("\n")}\nhelp: ${command} --help`;
}

/** `; did you mean --format?`, when something is written nearly so. */
export function didYouMean(given: string, known: readonly string[], prefix = ""): string {
  const close = known
    .map((name) => ({ name, distance: distance(given, name) }))
    .filter(({ name, distance: steps }) => steps <= 2 || name.startsWith(given))
    .sort((left, right) => left.distance - right.distance)[0];
  const allowed = known.map((name) => `${prefix}${name}`).join(", ");
  return close === undefined ? `; allowed: ${allowed}` : `; did you mean ${prefix}${close.name}?`;
}

/** Letters to insert, remove or change. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...left].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= right.length; column++) {
      const changed = row[column - 1]! + (right[column - 1] === letter ? 0 : 1);
      next.push(Math.min(changed, row[column]! + 1, next[column - 1]! + 1));
    }
    row = next;
  }
  return row[right.length]!;
}

/** The help of one subcommand. */
export function commandHelp(name: string, { usage, help, options }: Command): string {
  const rows = Object.entries({
    ...options,
    help: { type: "boolean", short: "h", description: "Show this." } as const,
  }).map(([option, description]) => {
    const short =
      "short" in description && description.short !== undefined ? `-${description.short}, ` : "    ";
    const value = "value" in description && description.value !== undefined ? ` ${description.value}` : "";
    return [`  ${short}--${option}${value}`, description.description] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  const table = rows.map(([left, right]) => `${left.padEnd(width)}${right}`);
  return `Usage: pulumi-lakebase ${name} ${usage}\n\n${help.trim()}\n\nOptions:\n${table.join("\n")}\n`;
}
