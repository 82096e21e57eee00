// Pulumi programs on the real engine, their stacks empty each time: what a preview and an `up` take.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBuilt } from "../../tools/built.ts";
import { findEngine } from "../../tools/engine/index.ts";
import { isolatedEnvironment } from "../../tools/environment.ts";
import { ensureDatabricksPlugin } from "../../tools/plugin/index.ts";
import { PROJECT_DIR, PULUMI_HOME } from "../../tools/project.ts";
import { createProgress } from "../../tools/support/index.ts";
import type { Effort } from "../harness/result.ts";
import type { Readings } from "../harness/rounds.ts";
import type { Workspace } from "./workspace.ts";

/** A program: where it is, and how it is run. */
export interface Program {
  folder: string;
  /** Whether it is run as Pulumi's template has it: types checked by ts-node, no cache of compiled code. */
  template: boolean;
}

/** An engine with a home and a back end of its own. */
export interface PulumiBench extends AsyncDisposable {
  /** Makes a program of one of bench/programs; `template` gives it the settings of Pulumi's TypeScript template. */
  program(name: string, options?: { template?: boolean }): Promise<Program>;
  /** Changes a program's text, as every preview of interest comes after an edit. */
  edit(program: Program): Promise<void>;
  /** Makes an empty stack of a program. */
  stack(program: Program, config: Record<string, unknown>): Promise<Stack>;
}

/** A stack of a program. */
export interface Stack {
  /** Runs the command and tells what it took; throws when it fails. */
  measure(command: "preview" | "up"): Promise<Readings>;
  /** The state as the back end keeps it. */
  state(): Promise<string>;
}

const programs = resolve(import.meta.dirname, "../programs");
const usage = pathToFileURL(join(import.meta.dirname, "usage.ts")).href;

/** What `pulumi new typescript` writes, beside the dependencies. */
const templateTsconfig = {
  compilerOptions: {
    strict: true,
    outDir: "bin",
    target: "es2020",
    module: "nodenext",
    moduleResolution: "nodenext",
    sourceMap: true,
    experimentalDecorators: true,
    pretty: true,
    noFallthroughCasesInSwitch: true,
    noImplicitReturns: true,
    forceConsistentCasingInFileNames: true,
  },
  files: ["index.ts"],
};

/** Makes the engine ready for a workspace. */
export async function startPulumi(
  workspace: Workspace,
  { profileDir }: Pick<Effort, "profileDir">,
): Promise<PulumiBench> {
  const folder = await mkdtemp(join(tmpdir(), "lakebase-bench-pulumi-"));
  const engine = await findEngine();
  await ensureDatabricksPlugin({ engine, home: PULUMI_HOME, allowStandIn: true, log: () => {} });
  // The dynamic provider's process loads dist/: an old one would be measured for the sources.
  await ensureBuilt(createProgress());
  const isolated = await isolatedEnvironment({ engine, folder: join(folder, "engine") });
  const env = {
    ...isolated.env,
    PULUMI_CONFIG_PASSPHRASE: "bench",
    DATABRICKS_TOKEN: workspace.token,
    // Warm from the second run on, as on any machine where the program has run before.
    NODE_COMPILE_CACHE: join(folder, "compile-cache"),
  };
  let stacks = 0;
  const newStack = async (program: Program, config: Record<string, unknown>): Promise<Stack> => {
    stacks += 1;
    const name = `bench-${stacks}`;
    const configFile = join(folder, `Pulumi.${name}.yaml`);
    const values = { "databricks:host": workspace.apiUrl, ...config };
    await writeFile(configFile, JSON.stringify({ config: values }));
    const common = ["--stack", name, "--config-file", configFile, "--non-interactive"];
    // From a folder of its own: `stack init` writes the stack's salt beside Pulumi.yaml.
    const beside = join(folder, name);
    await mkdir(beside);
    await cp(join(program.folder, "Pulumi.yaml"), join(beside, "Pulumi.yaml"));
    await timed(engine.pulumi, ["stack", "init", name, "--non-interactive"], beside, env);
    return {
      async measure(command) {
        const usageFolder = await mkdtemp(join(folder, "usage-"));
        const measured = {
          ...env,
          LAKEBASE_BENCH_USAGE: usageFolder,
          NODE_OPTIONS: `--import=${usage}${profiling(profileDir)}`,
        };
        const options = command === "up" ? ["--yes", "--skip-preview"] : [];
        const taken = await timed(engine.pulumi, [command, ...common, ...options], program.folder, measured);
        return { ...taken, ...(await usageOf(usageFolder)) };
      },
      state: () => readFile(join(isolated.folder, "state/.pulumi/stacks/lakebase", `${name}.json`), "utf8"),
    };
  };
  return {
    program: (name, options) => makeProgram(folder, name, options?.template ?? false),
    edit: ({ folder: path }) => appendFile(join(path, "index.ts"), `// ${stacks}\n`),
    stack: newStack,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function makeProgram(folder: string, name: string, template: boolean): Promise<Program> {
  const path = await mkdtemp(join(folder, `${name}-`));
  const options = template ? {} : { options: { typescript: false } };
  const project = { name: "lakebase", runtime: { name: "nodejs", ...options }, main: "index.ts" };
  await writeFile(join(path, "Pulumi.yaml"), JSON.stringify(project));
  if (template) {
    const source = await readFile(join(programs, `${name}.ts`), "utf8");
    await writeFile(join(path, "index.ts"), source);
    await writeFile(join(path, "package.json"), JSON.stringify({ name: "bench", main: "index.ts" }));
    await writeFile(join(path, "tsconfig.json"), JSON.stringify(templateTsconfig));
    await linkModules(path);
  } else {
    await writeFile(join(path, "package.json"), JSON.stringify({ name: "bench", type: "module" }));
    await writeFile(
      join(path, "index.ts"),
      `export * from ${JSON.stringify(join(programs, `${name}.ts`))};\n`,
    );
    await linkModules(path);
  }
  return { folder: path, template };
}

async function linkModules(path: string): Promise<void> {
  const modules = join(path, "node_modules");
  await mkdir(modules);
  await symlink(PROJECT_DIR, join(modules, "pulumi-lakebase"));
  for (const name of await readdir(join(PROJECT_DIR, "node_modules"))) {
    await symlink(join(PROJECT_DIR, "node_modules", name), join(modules, name));
  }
}

/** CPU profiles of every Node process that the engine starts. */
function profiling(profileDir: string | undefined): string {
  return profileDir === undefined ? "" : ` --cpu-prof --cpu-prof-dir=${profileDir} --cpu-prof-interval=500`;
}

/** Runs a command to its end; CPU is that of everything that it started and waited for. */
async function timed(
  command: string,
  args: string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Readings> {
  // A shell knows what the commands have taken that it ran; Node does not.
  const script = '"$@" 2>&1; code=$?; times >&3; exit $code';
  const started = performance.now();
  const child = spawn("sh", ["-c", script, "sh", command, ...args], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  const [output, times] = [1, 3].map((index) => {
    const chunks: string[] = [];
    const stream = child.stdio[index] as NodeJS.ReadableStream;
    stream.setEncoding("utf8").on("data", (text: string) => chunks.push(text));
    return chunks;
  });
  const [code] = (await once(child, "close")) as [number | null];
  const wall = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`pulumi ${args[0]} failed with ${code}:\n${output?.join("")}`);
  return { wall, cpu: childSeconds(times?.join("") ?? "") };
}

/** The second line of `times`: user and system time of the shell's children, such as `0m1.5s 0m0.2s`. */
function childSeconds(text: string): number {
  const [, line = ""] = text.trim().split("\n");
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
    0,
  );
}

async function usageOf(folder: string): Promise<Readings> {
  const [file] = await readdir(folder);
  if (file === undefined) throw new Error("the Pulumi program left no record of its usage");
  const { cpuMillis, peakMb } = JSON.parse(await readFile(join(folder, file), "utf8")) as Readings;
  return { programCpu: (cpuMillis ?? Number.NaN) / 1000, peakMb: peakMb ?? Number.NaN };
}
