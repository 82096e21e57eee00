// `pulumi-lakebase review`: what a preview means, for people who decide on it.
import fs from "node:fs/promises";
import path from "node:path";
import {
  commentLimit,
  NotAPreviewError,
  type PriceTable,
  PriceTableError,
  parsePreview,
  parsePriceTable,
  type Review,
  renderJson,
  renderMarkdown,
  renderText,
  review,
  smallestLimit,
} from "../../review/index.ts";
import { type Arguments, type Command, CommandError, type Surroundings } from "../command.ts";
import { withHelp } from "../command-line.ts";
import { type PreviewInput, readInputFile, readStandardInput, runPreview } from "../preview-input.ts";

/** Exit code when the verdict is what `--fail-on` names, or graver. */
const verdictExitCode = 2;

/** The command. */
export const reviewCommand: Command = {
  summary: "Says what a preview means: data lost or kept, downtime, cost.",
  usage: "[FILE] [OPTIONS] [-- PULUMI-OPTIONS]",
  help: `
Reads what \`pulumi preview --json\` writes, from FILE or standard input, or runs the preview with --run, and writes
a review: a verdict, each Lakebase change with its meaning, cost per hour, and a picture. No secret and no state is in
it, and the same preview gives the same text.

  pulumi preview --json --show-sames --show-replacement-steps | pulumi-lakebase review
  pulumi-lakebase review --run --fail-on destroys-data -- --stack production

Exit code: 0; 1 when the preview failed or cannot be read; 2 when the verdict is what --fail-on names, or graver.`,
  maximumPositionals: 1,
  takesRest: true,
  options: {
    format: {
      type: "string",
      short: "f",
      value: "FORMAT",
      allowed: ["markdown", "json", "text"],
      description: "markdown (default) for a comment, text for a terminal, json for programs.",
    },
    output: {
      type: "string",
      short: "o",
      value: "FILE",
      description: "Write to FILE instead of standard output.",
    },
    "fail-on": {
      type: "string",
      value: "VERDICT",
      allowed: ["needs-attention", "destroys-data"],
      description: "Exit with 2 at this verdict: needs-attention or destroys-data.",
    },
    prices: { type: "string", value: "FILE", description: "Price table (JSON) for the cost per hour." },
    "max-bytes": {
      type: "string",
      value: "NUMBER",
      problem: allowedLimit,
      description: `Longest Markdown, ${smallestLimit} or more; default ${commentLimit}, GitHub's limit.`,
    },
    run: { type: "boolean", description: "Run `pulumi preview` here; options after -- go to it." },
    pulumi: { type: "string", value: "COMMAND", description: "The Pulumi CLI to run; default pulumi." },
  },
  async run(given, surroundings) {
    checkTogether(given);
    const { prices, maximum } = await readSettings(given, surroundings);
    const input = await readPreview(given, surroundings);
    const reviewed = review(parsed(input), { prices });
    await write(given, surroundings, rendered(reviewed, given, maximum));
    return exitCodeOf(reviewed, input, given);
  },
};

function checkTogether({ options, positionals, rest }: Arguments): void {
  const problems = [
    ...(options.run === true && positionals.length > 0
      ? ["--run and a FILE exclude each other; fix: leave one out"]
      : []),
    ...(options.run !== true && rest.length > 0
      ? ["options after -- are for the preview; fix: add --run"]
      : []),
    ...(options.run !== true && options.pulumi !== undefined ? ["--pulumi needs --run; fix: add it"] : []),
  ];
  if (problems.length > 0) throw new CommandError(withHelp("review", problems));
}

function allowedLimit(given: string): string | undefined {
  const number = Number(given);
  return Number.isInteger(number) && number >= smallestLimit
    ? undefined
    : `a whole number of at least ${smallestLimit}`;
}

async function readSettings(
  { options }: Arguments,
  { cwd }: Surroundings,
): Promise<{ prices: PriceTable | undefined; maximum: number }> {
  const maximum = Number(options["max-bytes"] ?? commentLimit);
  if (typeof options.prices !== "string") return { prices: undefined, maximum };
  const table = await readInputFile("price table", options.prices, cwd);
  try {
    return { prices: parsePriceTable(table), maximum };
  } catch (error) {
    if (error instanceof PriceTableError) throw new CommandError(error.message);
    throw error;
  }
}

async function readPreview(
  { options, positionals, rest }: Arguments,
  surroundings: Surroundings,
): Promise<PreviewInput> {
  if (options.run === true) {
    return await runPreview(
      typeof options.pulumi === "string" ? options.pulumi : "pulumi",
      rest,
      surroundings,
    );
  }
  const [file] = positionals;
  if (file === undefined || file === "-") return await readStandardInput(surroundings);
  return { text: await readInputFile("preview", file, surroundings.cwd), exitCode: 0 };
}

function parsed({ text, exitCode }: PreviewInput) {
  try {
    return parsePreview(text);
  } catch (error) {
    if (!(error instanceof NotAPreviewError)) throw error;
    const why = exitCode === 0 ? "" : `\nthe preview itself ended with code ${exitCode}`;
    throw new CommandError(`${error.message}${why}`);
  }
}

function rendered(reviewed: Review, { options }: Arguments, maximum: number): string {
  if (options.format === "json") return renderJson(reviewed);
  return options.format === "text" ? renderText(reviewed) : renderMarkdown(reviewed, maximum);
}

async function write({ options }: Arguments, { stdout, cwd }: Surroundings, text: string): Promise<void> {
  if (typeof options.output !== "string") return stdout(text);
  try {
    await fs.writeFile(path.resolve(cwd, options.output), text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(
      `review: cannot write "${options.output}": ${code}; fix: name a file in a folder that is there`,
    );
  }
}

function exitCodeOf(reviewed: Review, input: PreviewInput, { options }: Arguments): number {
  const threshold = options["fail-on"];
  const reached =
    threshold !== undefined && (reviewed.verdict === "destroys-data" || reviewed.verdict === threshold);
  if (reached) return verdictExitCode;
  return reviewed.failed || input.exitCode !== 0 ? 1 : 0;
}
