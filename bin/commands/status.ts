// `pulumi-lakebase status`: a live look at a stack: what was declared, what is there, since when, and what differs.
import { redact, WorkspaceError } from "../../lakebase/workspace/index.ts";
import {
  type LookOptions,
  lookAtStack,
  NotAStateError,
  readStack,
  renderStatus,
  type StackStatus,
} from "../../status/index.ts";
import { type Arguments, type Command, CommandError, type Surroundings } from "../command.ts";
import { withHelp } from "../command-line.ts";
import { readStackState, stackStateOptions } from "../stack-state.ts";
import { watchStatus } from "../watch.ts";

/** Exit codes: anything that is not available counts more than drift. */
const exitCodes: Readonly<Record<StackStatus["verdict"], number>> = {
  well: 0,
  failed: 2,
  changing: 2,
  drifted: 3,
};

const defaultSeconds = 5;

/** The command. */
export const statusCommand: Command = {
  summary: "Shows how a stack is doing: instances, synced tables, verification, drift.",
  usage: "[OPTIONS] [-- PULUMI-OPTIONS]",
  help: `
Reads what the stack declares from its state, asks the workspace how all of it is, and tells what differs. Nothing is
changed, neither in the workspace nor in the state, and no secret is read or shown.

  pulumi-lakebase status -- --stack production
  pulumi-lakebase status --verify --json
  pulumi-lakebase status --watch 10

The workspace is the one of the stack's provider; credentials are found as the Databricks tools find them:
environment, then profile.

Exit code: 0 all well; 1 it could not be looked; 2 something has failed, is unavailable or on its way; 3 all works,
but differs from the program. With --watch: 0 when it is ended.`,
  maximumPositionals: 1,
  takesRest: true,
  options: {
    verify: { type: "boolean", description: "Check each database now, with a credential of its own." },
    watch: {
      type: "boolean",
      short: "w",
      description: `Look again every ${defaultSeconds} seconds, or as many as follow, until Ctrl-C.`,
    },
    json: { type: "boolean", description: "Print JSON, by docs/status.schema.json." },
    host: { type: "string", value: "URL", description: "Workspace, instead of the one of the stack." },
    profile: { type: "string", short: "p", value: "NAME", description: "Profile of ~/.databrickscfg." },
    ...stackStateOptions,
  },
  async run(given, surroundings) {
    const seconds = checkTogether(given);
    const look = (signal?: AbortSignal) => lookOnce(given, surroundings, signal);
    const isJson = given.options.json === true;
    if (seconds !== undefined) return await watchStatus({ look, seconds, isJson, surroundings });
    const status = await look();
    const { terminal, env } = surroundings;
    surroundings.stdout(
      isJson
        ? `${JSON.stringify(status, undefined, 2)}\n`
        : renderStatus(status, {
            width: terminal?.columns(),
            colour: terminal !== undefined && !env.NO_COLOR,
          }),
    );
    return exitCodes[status.verdict];
  },
};

/** The pause of a watch in seconds; undefined for a single look. */
function checkTogether({ options, positionals, rest }: Arguments): number | undefined {
  const [given] = positionals;
  const problems: string[] = [];
  const seconds = given === undefined ? defaultSeconds : Number(given);
  if (given !== undefined && options.watch !== true)
    problems.push(`unexpected argument "${given}"; fix: seconds go with --watch, options of Pulumi after --`);
  else if (!(seconds >= 1 && seconds <= 86_400))
    problems.push(`--watch cannot be "${given}"; allowed: seconds from 1 to 86400`);
  if (options.state === "-" && options.watch === true)
    problems.push("--watch cannot read standard input again; fix: name a file with --state, or leave it out");
  if (rest.length > 0 && options.state !== undefined)
    problems.push("options after -- are for the Pulumi CLI, which --state does without; fix: leave one out");
  if (problems.length > 0) throw new CommandError(withHelp("status", problems));
  return options.watch === true ? seconds : undefined;
}

async function lookOnce(
  given: Arguments,
  surroundings: Surroundings,
  signal: AbortSignal | undefined,
): Promise<StackStatus> {
  const { host, profile, verify } = given.options;
  const text = await readStackState("status", given, surroundings, signal);
  const options: LookOptions = {
    place: {
      ...(typeof host === "string" ? { host } : {}),
      ...(typeof profile === "string" ? { profile } : {}),
    },
    verify: verify === true,
    signal,
  };
  try {
    const stack = readStack(text);
    const { instances, catalogs, syncedTables, checks } = stack;
    if (instances.length + catalogs.length + syncedTables.length + checks.length === 0)
      throw new CommandError(
        `status: stack "${stack.stack}" has no Lakebase resources; fix: \`pulumi up\`, or name another stack: -- --stack STACK`,
      );
    return await lookAtStack(stack, options);
  } catch (error) {
    if (error instanceof NotAStateError)
      throw new CommandError(
        `status: this is no state of a stack: ${error.message}; fix: write it with: pulumi stack export --file FILE`,
      );
    if (error instanceof WorkspaceError) throw new CommandError(redact(`status: ${error.message}`));
    throw error;
  }
}
