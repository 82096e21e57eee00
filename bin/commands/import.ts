// `pulumi-lakebase import`: brings what a workspace has already under management, without changing it.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { openWorkspace, WorkspaceError } from "../../lakebase/workspace/index.ts";
import { type Found, importFile, programText } from "../adoption/program.ts";
import { type Arguments, type Command, CommandError } from "../command.ts";

/** The command. */
export const importCommand: Command = {
  summary: "Writes the program and import file for instances, catalogs and synced tables that exist.",
  usage: "[INSTANCE] [OPTIONS]",
  help: `
Lists the instances, registered catalogs and synced tables of the workspace (or INSTANCE and its own alone) and writes two
files: the program that declares them as they are, and Pulumi's import file. Nothing in the workspace changes. Then:

  pulumi import --file lakebase-import.json --generate-code=false --yes
  pulumi up

The first \`up\` records the guards and sends nothing; the next has nothing to do.
The workspace is found as the Databricks tools find it: environment, then profile.`,
  maximumPositionals: 1,
  options: {
    host: {
      type: "string",
      value: "URL",
      description: "Workspace; default from DATABRICKS_HOST or the profile.",
    },
    profile: { type: "string", short: "p", value: "NAME", description: "Profile of ~/.databrickscfg." },
    program: { type: "string", value: "FILE", description: "Program to write; default lakebase-import.ts." },
    file: {
      type: "string",
      value: "FILE",
      description: "Import file to write; default lakebase-import.json.",
    },
    force: { type: "boolean", description: "Overwrite these files if they exist." },
  },
  async run(given, { cwd, stdout }) {
    const { options } = given;
    const program = path.resolve(cwd, String(options.program ?? "lakebase-import.ts"));
    const file = path.resolve(cwd, String(options.file ?? "lakebase-import.json"));
    const flag = options.force === true ? "w" : "wx";
    // Both before either: a second try would else fail on the file that the first one left.
    const existing = flag === "w" ? undefined : [program, file].find((one) => existsSync(one));
    if (existing !== undefined) throw cannotWrite(existing, "EEXIST");
    const found = await look(given);
    await write(program, programText(found), flag);
    await write(file, `${JSON.stringify(importFile(found), undefined, 2)}\n`, flag);
    stdout(report(found, path.relative(cwd, program), path.relative(cwd, file)));
    return 0;
  },
};

async function look({ options, positionals }: Arguments): Promise<Found> {
  const [only] = positionals;
  const text = (name: string) => (typeof options[name] === "string" ? options[name] : undefined);
  try {
    const workspace = await openWorkspace({ host: text("host"), profile: text("profile") });
    const instances =
      only === undefined ? await workspace.listInstances() : [await workspace.getInstance(only)];
    const kept = instances.filter(({ state }) => state !== "DELETING");
    if (kept.length === 0)
      throw new CommandError(
        `import: ${workspace.host} has no instances; fix: name another workspace with --host`,
      );
    const names = new Set(kept.map(({ name }) => name));
    const catalogs = await workspace.listCatalogs();
    const tables = await Promise.all([...names].map((name) => workspace.syncedTables.list(name)));
    return {
      instances: kept,
      catalogs: catalogs.filter(({ instanceName }) => names.has(instanceName)),
      tables: tables.flat().filter(({ catalogState }) => catalogState !== "DELETING"),
    };
  } catch (error) {
    if (error instanceof WorkspaceError) throw new CommandError(`import: ${error.message}`);
    throw error;
  }
}

async function write(file: string, text: string, flag: string): Promise<void> {
  try {
    await writeFile(file, text, { flag });
  } catch (error) {
    throw cannotWrite(file, (error as NodeJS.ErrnoException).code ?? "");
  }
}

function cannotWrite(file: string, code: string): CommandError {
  const reason =
    code === "EEXIST"
      ? "it exists; fix: name another file, or add --force"
      : `${code}; fix: name a file that can be written`;
  return new CommandError(`import: cannot write "${file}": ${reason}`);
}

function report({ instances, catalogs, tables }: Found, program: string, file: string): string {
  const lines = [
    ...instances.map(({ name, capacity, state }) => `instance ${name} (${capacity ?? "?"}, ${state})`),
    ...catalogs.map(({ name, instanceName }) => `catalog ${name} of instance ${instanceName}`),
    ...tables.map(({ name, spec, state }) => `synced table ${name} of ${spec?.source ?? "?"} (${state})`),
  ];
  return `${lines.join("\n")}\n\nwritten: ${program}, ${file}\nnext: import "./${program}" from your program, then\n  pulumi import --file ${file} --generate-code=false --yes\n  pulumi up\n`;
}
