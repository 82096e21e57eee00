// `pulumi-lakebase run-app`: runs an app's process on this machine, with the environment that the platform would inject.
import path from "node:path";
import { type AppSource, portWord, proposeCommand, readAppSource } from "../../lakebase/app-source/index.ts";
import { describeProblems } from "../../lakebase/rules/index.ts";
import { type AppEnvironment, askForEnvironment, defaultWorkspaceFile } from "../app-environment.ts";
import { type Arguments, type Command, CommandError } from "../command.ts";
import { runInForeground } from "../foreground.ts";

/** The command. */
export const runAppCommand: Command = {
  summary: "Runs an app of the local workspace on this machine, as the platform would.",
  usage: "NAME [OPTIONS] [-- COMMAND]",
  help: `
Runs COMMAND, or that of app.yaml, with what the platform would inject into the app NAME: PGHOST, PGDATABASE, PGUSER,
PGPORT, PGSSLMODE and PGAPPNAME of its first database, DATABRICKS_HOST, DATABRICKS_CLIENT_ID and the others, and the
env of app.yaml. Variables of this shell that begin with PG, DATABRICKS_ or LAKEBASE_ are not passed on.
PGHOSTADDR and PGSSLROOTCERT are added, as the local workspace's names and authority are known to this machine only.

  pulumi-lakebase run-app order-desk --source ./app
  pulumi-lakebase run-app order-desk -- psql

Signals go to the process, and its exit code is that of this command.`,
  maximumPositionals: 1,
  takesRest: true,
  options: {
    source: {
      type: "string",
      value: "FOLDER",
      description: "Folder with app.yaml; the process is started in it. Default: here.",
    },
    port: {
      type: "string",
      value: "PORT",
      problem: (value) => (/^[1-9]\d{0,4}$/.test(value) && Number(value) < 65536 ? undefined : "1 to 65535"),
      description: "Port that the app is told to listen on (DATABRICKS_APP_PORT). Default: 8000.",
    },
    workspace: {
      type: "string",
      value: "FILE",
      description: `Ready file of the local workspace. Default: ${defaultWorkspaceFile}.`,
    },
  },
  async run(given, surroundings) {
    const [name] = given.positionals;
    if (name === undefined) throw new CommandError("run-app: no app is named; fix: run-app NAME");
    const { source: folder = ".", workspace, port } = given.options;
    const cwd = path.resolve(surroundings.cwd, String(folder));
    const source = readAppSource(cwd);
    const broken = source.problems.filter(
      ({ path: at }) => at === "sourceFolder" || at === source.appYaml?.file,
    );
    if (broken.length > 0) throw new CommandError(describeProblems("run-app", broken));
    const file = typeof workspace === "string" ? workspace : undefined;
    const app = await askForEnvironment(name, file, surroundings);
    if (typeof port === "string") app.environment.DATABRICKS_APP_PORT = port;
    const [program, ...args] = commandOf(given, source, app);
    const env = {
      ...foreign(surroundings.env),
      ...app.environment,
      ...app.machine,
      ...own(source, app, surroundings.env),
    };
    try {
      return await runInForeground(program, args, { cwd, env });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const reason = code === "ENOENT" ? "it is not there" : message;
      throw new CommandError(
        `run-app: cannot run "${program}": ${reason}; fix: install it, or correct the command`,
      );
    }
  },
};

type Words = [string, ...string[]];

/** What is to be run; only in app.yaml's command is a variable replaced, and only the one that the platform replaces. */
function commandOf({ rest }: Arguments, source: AppSource, { environment }: AppEnvironment): Words {
  if (rest.length > 0) return rest as unknown as Words;
  const { command = proposeCommand(source) } = mappingOf(source) as { command?: unknown };
  const isList = Array.isArray(command) && command.length > 0;
  if (isList && command.every((word) => typeof word === "string")) {
    const { DATABRICKS_APP_PORT: port = "" } = environment;
    return command.map((word) => word.replaceAll(portWord, port)) as Words;
  }
  throw new CommandError(
    'run-app: nothing says what to run; fix: add command: ["…"] to app.yaml, or give it: run-app NAME -- COMMAND',
  );
}

/** The caller's own variables, without those that would stand for another database or identity. */
function foreign(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(PG|DATABRICKS_|LAKEBASE_)/.test(name)),
  );
}

/** The env of app.yaml. What a local workspace cannot know, such as a secret, is taken from the caller's environment. */
function own(source: AppSource, { values }: AppEnvironment, env: NodeJS.ProcessEnv): Record<string, string> {
  const { env: list } = mappingOf(source) as { env?: unknown };
  if (!Array.isArray(list)) return {};
  const items = list as { name?: unknown; value?: unknown; valueFrom?: unknown }[];
  const variables: Record<string, string> = {};
  const problems: string[] = [];
  for (const item of items) {
    const { name, value, valueFrom } = item ?? {};
    if (typeof name !== "string") continue;
    const found = typeof valueFrom === "string" ? (values[valueFrom] ?? env[name]) : value;
    if (found !== undefined && found !== null) variables[name] = String(found);
    else {
      const from = typeof valueFrom === "string" ? `resource "${valueFrom}"` : "nothing";
      const keys = Object.keys(values).join(", ") || "none";
      problems.push(
        `run-app: app.yaml env ${name} comes from ${from}, whose value the local workspace does not have (it has: ${keys}); fix: correct the key, or set ${name} in this shell`,
      );
    }
  }
  if (problems.length > 0) throw new CommandError(problems.join("\n"));
  return variables;
}

function mappingOf({ appYaml }: AppSource): object {
  const content = appYaml?.content;
  return typeof content === "object" && content !== null ? content : {};
}
