// The scripts inside workflow files, by platform.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { PROJECT_DIR } from "../../../tools/project.ts";

/** The platforms, which are the folders below workflows/. */
export const platforms = ["azure-devops", "github", "gitlab"] as const;
/** One of them. */
export type Platform = (typeof platforms)[number];

/** A script of a workflow. */
export interface Script {
  /** File, and the step or job. */
  readonly name: string;
  readonly text: string;
  /** The shell that the platform runs it in, as it is written in the file. */
  readonly shell: readonly string[];
}

/** The files of a platform, absolute. */
export function filesOf(platform: Platform): string[] {
  const folder = path.join(PROJECT_DIR, "workflows", platform);
  return readdirSync(folder).map((file) => path.join(folder, file));
}

interface Step {
  name?: string;
  displayName?: string;
  run?: string;
  shell?: string;
  script?: string;
  inputs?: { inlineScript?: string };
}
type Document = Record<string, unknown> & {
  defaults?: { run?: { shell?: string } };
  steps?: Step[];
  jobs?: Record<string, { steps: Step[] }>;
};

const bash = ["bash", "--noprofile", "--norc"];

/** GitHub looks at the parts of a pipe only where bash is asked for; Azure DevOps at no failure but the last one. */
function shellOf(platform: Platform, named: string | undefined): string[] {
  if (platform === "azure-devops") return bash;
  if (platform === "gitlab" || named === "bash") return [...bash, "-eo", "pipefail"];
  if (named === undefined) return ["bash", "-e"];
  throw new Error(`shell: ${named} is not known here`);
}

/** Every script of the files of a platform. */
export function scriptsOf(platform: Platform): Script[] {
  return filesOf(platform).flatMap((file) => {
    const document = parse(readFileSync(file, "utf8")) as Document;
    const steps = [
      ...(document.steps ?? []),
      ...Object.values(document.jobs ?? {}).flatMap((job) => job.steps),
    ];
    const found = steps.flatMap((step) => {
      const text = step.run ?? step.script ?? step.inputs?.inlineScript;
      const shell = shellOf(platform, step.shell ?? document.defaults?.run?.shell);
      return text === undefined ? [] : [{ name: step.name ?? step.displayName ?? "run", text, shell }];
    });
    const jobs = platform === "gitlab" ? Object.entries(document).flatMap(scriptsOfJob) : [];
    return [...found, ...jobs].map((script) => ({
      ...script,
      name: `${path.basename(file)}: ${script.name}`,
    }));
  });
}

/** GitLab runs the lines of a job in one shell. */
function scriptsOfJob([name, job]: [string, unknown]): Script[] {
  const { before_script: before, script } = (job ?? {}) as { before_script?: string[]; script?: string[] };
  return [before, script].flatMap((lines) =>
    Array.isArray(lines) ? [{ name, text: lines.join("\n"), shell: shellOf("gitlab", undefined) }] : [],
  );
}

/** One script, by a part of its name. */
export function scriptNamed(platform: Platform, part: string): Script {
  const [script, ...others] = scriptsOf(platform).filter(({ name }) => name.includes(part));
  if (script === undefined || others.length > 0)
    throw new Error(`${part} names ${others.length + 1} scripts`);
  return script;
}
