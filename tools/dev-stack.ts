// Which stack a `pulumi` command line works on, and the dev stack made when it is meant and not there.
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { DEV_STACK } from "./environment.ts";
import { PROJECT_DIR } from "./project.ts";
import { failureOf, run } from "./support/index.ts";

/** The stack that these arguments name or that is selected, without organisation and project; undefined for none. */
export async function chosenStack(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  projectDir = PROJECT_DIR,
): Promise<string | undefined> {
  const name = named(args) ?? (env.PULUMI_STACK || (await selected(env, projectDir)));
  return name?.split("/").at(-1);
}

function named(args: readonly string[]): string | undefined {
  for (const [index, arg] of args.entries()) {
    if (arg === "--") break;
    if (arg === "-s" || arg === "--stack") return args[index + 1];
    const assigned = /^(?:--stack=|-s=?)(.+)$/.exec(arg);
    if (assigned !== null) return assigned[1];
  }
  const [command, verb, ...rest] = args.filter((arg) => !arg.startsWith("-"));
  const takesName = ["init", "new", "create", "select", "rm", "remove"];
  return command === "stack" && takesName.includes(verb ?? "") ? rest[0] : undefined;
}

// The engine keeps the selection in its home, by the path of the project's file and the back end.
async function selected(env: NodeJS.ProcessEnv, projectDir: string): Promise<string | undefined> {
  const projectFile = path.join(projectDir, "Pulumi.yaml");
  const hash = createHash("sha1").update(projectFile).digest("hex");
  const folder = path.join(env.PULUMI_HOME ?? "", "workspaces");
  const files = await fs.readdir(folder).catch((): string[] => []);
  const file = files.find((name) => name.endsWith(`-${hash}-workspace.json`));
  if (file === undefined) return undefined;
  const settings = JSON.parse(await fs.readFile(path.join(folder, file), "utf8"));
  return settings.stacks?.[env.PULUMI_BACKEND_URL ?? ""] ?? settings.stack;
}

/**
 * Whether the dev stack in the project's own back end is meant: in a fresh clone there is no other, and its settings
 * are there (Pulumi.dev.yaml), so that it may be made for whoever names it or names none.
 */
export function meansOwnDevStack(chosen: string | undefined, env: NodeJS.ProcessEnv): boolean {
  return !env.PULUMI_BACKEND_URL && (chosen === undefined || chosen === DEV_STACK);
}

/** Makes the dev stack in this environment's back end unless it is there; says nothing of one that is. */
export async function createDevStack(
  pulumi: string,
  env: NodeJS.ProcessEnv,
  cwd = PROJECT_DIR,
): Promise<boolean> {
  const result = await run(pulumi, ["stack", "init", DEV_STACK, "--non-interactive"], { cwd, env });
  if (result.code === 0) return true;
  if (/already exists/.test(result.stderr)) return false;
  throw new DevStackError(failureOf(`pulumi stack init ${DEV_STACK}`, result));
}

/** The dev stack could not be made. */
export class DevStackError extends Error {
  override readonly name = "DevStackError";
}
