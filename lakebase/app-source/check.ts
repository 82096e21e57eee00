// Checks an app's source folder against what the app is bound to.
import { type AppBinding, checkAppDependencies, checkAppYaml, type Problem } from "../rules/index.ts";
import { proposeCommand } from "./propose-command.ts";
import { type AppSource, readAppSource } from "./read-folder.ts";

/** Every problem of a folder; reads it. */
export function checkAppFolder(folder: string, binding: AppBinding): Problem[] {
  return checkAppSource(readAppSource(folder), binding);
}

/** Every problem of a folder that was read. */
export function checkAppSource(source: AppSource, binding: AppBinding): Problem[] {
  if (source.problems.some(({ path }) => path === "sourceFolder")) return source.problems;
  const { appYaml } = source;
  return [
    ...source.problems,
    ...(appYaml === undefined ? [missing(binding)] : []),
    ...(appYaml?.content === undefined ? [] : checkAppYaml(appYaml.file, appYaml.content, binding)),
    ...checkStart(source),
    ...(isReadable(source) ? checkAppDependencies(dependenciesOf(source)) : []),
  ];
}

function missing({ instanceName, databaseName }: AppBinding): Problem {
  const names = [
    ...(instanceName === undefined ? [] : [` --instance ${instanceName}`]),
    ...(databaseName === undefined ? [] : [` --database ${databaseName}`]),
  ];
  return {
    path: "app.yaml",
    reason: "is missing: the app would not know its instance and database",
    fix: `write it with: npx pulumi-lakebase app-yaml --write${names.join("")}`,
  };
}

/** Without a command, the platform starts the first Python file or npm's start script. */
function checkStart(source: AppSource): Problem[] {
  if (source.appYaml !== undefined && commandOf(source) !== undefined) return [];
  if (source.appYaml !== undefined && source.appYaml.content === undefined) return [];
  if (proposeCommand(source) !== undefined) return [];
  return [
    {
      path: `${source.appYaml?.file ?? "app.yaml"} command`,
      reason: "is missing, and there is neither a Python file nor a start script that would be run instead",
      allowed: 'a list of texts, such as ["streamlit", "run", "app.py"]',
      fix: "add a command",
    },
  ];
}

/** A file that cannot be parsed has its own problem; whether it lists a driver is not known. */
function isReadable({ packageJson }: AppSource): boolean {
  return packageJson === undefined || packageJson.content !== undefined;
}

function dependenciesOf(source: AppSource) {
  const { requirements, pyproject, packageJson } = source;
  const command = commandOf(source) ?? proposeCommand(source);
  const program: unknown = Array.isArray(command) ? command[0] : undefined;
  return {
    ...(requirements === undefined ? {} : { requirements }),
    ...(pyproject === undefined ? {} : { pyproject }),
    ...(packageJson === undefined ? {} : { packageJson: packageJson.content }),
    ...(typeof program === "string" ? { program } : {}),
  };
}

/** What app.yaml says to run, whatever it is. */
function commandOf({ appYaml }: AppSource): unknown {
  const content = appYaml?.content;
  if (typeof content !== "object" || content === null) return undefined;
  return (content as { command?: unknown }).command ?? undefined;
}
