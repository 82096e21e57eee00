// `pulumi-lakebase app-yaml`: writes an app's app.yaml, mends it, or checks the whole source folder.
import fs from "node:fs/promises";
import path from "node:path";
import {
  checkAppFolder,
  proposeCommand,
  readAppSource,
  writeAppYaml,
} from "../../lakebase/app-source/index.ts";
import { type AppBinding, defaultAppResourceKey, describeProblems } from "../../lakebase/rules/index.ts";
import { type Arguments, type Command, CommandError, type Surroundings } from "../command.ts";
import { readStackOutput, stackOutputOptions } from "../stack-output.ts";

type Names = Required<Pick<AppBinding, "instanceName" | "databaseName">>;

/** The command. */
export const appYamlCommand: Command = {
  summary: "Writes or checks the app.yaml of a Databricks app that uses the database.",
  usage: "[FOLDER] [OPTIONS] [-- PULUMI-OPTIONS]",
  help: `
Prints an app.yaml for the app in FOLDER (default: here) that starts it and names the instance and the database. One
that is there is mended: everything else in it stays, comments included.

  pulumi-lakebase app-yaml ./app --instance orders --write
  pulumi-lakebase app-yaml ./app --check`,
  maximumPositionals: 1,
  takesRest: true,
  options: {
    instance: {
      type: "string",
      value: "NAME",
      description: "Name of the instance. Default: that of the stack's output.",
    },
    database: {
      type: "string",
      value: "NAME",
      description: "PostgreSQL database. Default: databricks_postgres, or that of the stack's output.",
    },
    key: {
      type: "string",
      value: "KEY",
      description: `Key of the app's database binding, for --check. Default: ${defaultAppResourceKey}.`,
    },
    write: { type: "boolean", description: "Write it into FOLDER instead of standard output." },
    check: {
      type: "boolean",
      description: "Only tell what is wrong with FOLDER; exit with 1 if anything is.",
    },
    ...stackOutputOptions,
  },
  async run(given, surroundings) {
    const folder = path.resolve(surroundings.cwd, given.positionals[0] ?? ".");
    const names = await namesOf(given, surroundings);
    if (given.options.check === true) return check(folder, names, given, surroundings);
    const source = readAppSource(folder);
    const { appYaml } = source;
    const unreadable = source.problems.filter(
      (problem) => problem.path === "sourceFolder" || problem.path === appYaml?.file,
    );
    if (unreadable.length > 0) throw new CommandError(describeProblems("app-yaml", unreadable));
    const command = proposeCommand(source);
    const text = writeAppYaml({ ...names, ...(command === undefined ? {} : { command }) }, appYaml?.text);
    if (given.options.write !== true) surroundings.stdout(text);
    else await write(path.join(folder, appYaml?.file ?? "app.yaml"), text, surroundings);
    return 0;
  },
};

async function namesOf(given: Arguments, surroundings: Surroundings): Promise<Names> {
  const { instance, database } = given.options;
  if (typeof instance === "string") {
    return {
      instanceName: instance,
      databaseName: typeof database === "string" ? database : "databricks_postgres",
    };
  }
  const settings = await readStackOutput("app-yaml", given, surroundings);
  return {
    instanceName: settings.instanceName ?? "",
    databaseName: typeof database === "string" ? database : (settings.database ?? ""),
  };
}

function check(
  folder: string,
  names: Names,
  { options }: Arguments,
  { stdout, stderr }: Surroundings,
): number {
  const resourceKey = typeof options.key === "string" ? options.key : defaultAppResourceKey;
  const problems = checkAppFolder(folder, { ...names, resourceKey });
  if (problems.length === 0) {
    stdout(`${folder}: nothing is wrong\n`);
    return 0;
  }
  stderr(`${describeProblems("app-yaml", problems)}\n`);
  return 1;
}

async function write(file: string, text: string, { stdout }: Surroundings): Promise<void> {
  try {
    await fs.writeFile(file, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`app-yaml: cannot write "${file}": ${code}; fix: make the folder writable`);
  }
  stdout(`${file}: written\n`);
}
