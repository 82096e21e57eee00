// A whole stack under test: the real engine, the project's own program, a local workspace of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LakebaseExports } from "../../../lakebase/rules/index.ts";
import { type LocalWorkspace, startLocalWorkspace } from "../../../local/workspace.ts";
import { findEngine } from "../../../tools/engine/index.ts";
import { isolatedEnvironment } from "../../../tools/environment.ts";
import { ensureDatabricksPlugin } from "../../../tools/plugin/index.ts";
import { PULUMI_HOME } from "../../../tools/project.ts";

const projectRoot = join(import.meta.dirname, "../../..");
const stackName = "test";

/** One step that the engine planned or took. */
export interface Step {
  /** Such as `create`, `update`, `same`, `replace`, `delete`, `refresh`. */
  op: string;
  /** Pulumi type, such as `databricks:index/databaseInstance:DatabaseInstance`. */
  type: string;
  /** The resource's name in the program. */
  name: string;
  /** The changed properties that the engine names. */
  changed: string[];
}

/** How a `pulumi` command ended. */
export interface Run {
  code: number;
  /** Everything that it printed. */
  output: string;
  /** Its steps, without those that change nothing. */
  steps: Step[];
}

/** What a stack needs to know of its workspace. */
export type StackWorkspace = Pick<LocalWorkspace, "apiUrl" | "token" | "postgresPort" | "caFile">;

/** A stack with its workspace; disposing of it leaves no process, port or file. */
export interface StackUnderTest extends AsyncDisposable {
  workspace: StackWorkspace;
  folder: string;
  /** Replaces configuration values; undefined removes one. */
  configure(values: Record<string, unknown>): Promise<void>;
  /** Runs `up`, `preview`, `refresh` or `destroy`. */
  run(command: string, ...args: string[]): Promise<Run>;
  /** Runs it and fails the test when it fails. */
  succeed(command: string, ...args: string[]): Promise<Run>;
  /** The `lakebase` output. */
  exports(): Promise<LakebaseExports>;
  /** The whole state, as text. */
  state(): Promise<string>;
  /** Writes another Pulumi program, whose packages are this project's. */
  makeProgram(folder: string, source: string): Promise<void>;
  /** Replaces the whole state. */
  importState(state: string): Promise<void>;
  /** The text of every file that the engine keeps for this stack: state, its history and backups, its home. */
  filesWritten(): Promise<string>;
  /** What the workspace was asked to change since the last call: method, path and body of each request. */
  changesAsked(): Promise<string[]>;
  /** Everything that any command printed or the engine logged, for the search for secrets. */
  logs(): Promise<string>;
}

/** What a stack is started with. */
export interface StackOptions {
  config?: Record<string, unknown>;
  /** A folder with another Pulumi program; the project's own by default. */
  program?: string;
  /** The workspace to use; one of its own by default. */
  workspace?: StackWorkspace;
  /** Whether the engine is given the workspace's token; true by default. */
  credentials?: boolean;
}

/** Starts a workspace and makes an empty stack for it. */
export async function startStack({
  config = {},
  program = projectRoot,
  workspace: given,
  credentials = true,
}: StackOptions = {}): Promise<StackUnderTest> {
  // First, as they may not be had: nothing is left behind then.
  const engine = await findEngine();
  await ensureDatabricksPlugin({ engine, home: PULUMI_HOME, allowStandIn: true, log: () => {} });
  const folder = await mkdtemp(join(tmpdir(), "lakebase-stack-"));
  const own =
    given === undefined
      ? await startLocalWorkspace({ dataDir: join(folder, "workspace"), delays: 20 })
      : undefined;
  const workspace: StackWorkspace = given ?? (own as LocalWorkspace);
  const isolated = await isolatedEnvironment({ engine, folder: join(folder, "engine") });
  const env = {
    ...isolated.env,
    PULUMI_CONFIG_PASSPHRASE: "test",
    ...(credentials ? { DATABRICKS_TOKEN: workspace.token } : {}),
    PULUMI_DEBUG_COMMANDS: "true",
  };
  const configFile = join(folder, "Pulumi.test.yaml");
  const values: Record<string, unknown> = {
    "databricks:host": workspace.apiUrl,
    "lakebase:instanceName": "orders",
    "lakebase:protect": false,
    "lakebase:catalogName": "operational",
    "lakebase:port": workspace.postgresPort,
    "lakebase:sslRootCert": workspace.caFile,
    ...config,
  };
  let logs = "";
  let eventLogs = 0;
  let seen = 0;

  const execute = async (args: string[], cwd = program): Promise<{ code: number; output: string }> => {
    const child = spawn(engine.pulumi, [...args, "--non-interactive"], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    const [code] = (await once(child, "close")) as [number | null];
    logs += output;
    return { code: code ?? -1, output };
  };
  // JSON is YAML, so nothing has to write YAML.
  const writeConfig = () =>
    writeFile(
      configFile,
      JSON.stringify({
        config: Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)),
      }),
    );

  const stack: StackUnderTest = {
    workspace,
    folder,
    async configure(changes) {
      Object.assign(values, changes);
      await writeConfig();
    },
    async run(command, ...args) {
      eventLogs += 1;
      const eventLog = join(folder, `events-${eventLogs}.json`);
      const confirmation = command === "preview" ? [] : ["--yes", "--skip-preview"];
      const options = [
        "--stack",
        stackName,
        "--config-file",
        configFile,
        "--event-log",
        eventLog,
        ...confirmation,
      ];
      const { code, output } = await execute([command, ...options, ...args]);
      const events = await readFile(eventLog, "utf8").catch(() => "");
      logs += events;
      return { code, output, steps: stepsOf(events) };
    },
    async succeed(command, ...args) {
      const run = await stack.run(command, ...args);
      if (run.code !== 0) throw new Error(`pulumi ${command} failed with ${run.code}:\n${run.output}`);
      return run;
    },
    async exports() {
      const { code, output } = await execute(["stack", "output", "lakebase", "--json", "--stack", stackName]);
      if (code !== 0) throw new Error(output);
      return JSON.parse(output) as LakebaseExports;
    },
    async state() {
      const { output } = await execute(["stack", "export", "--stack", stackName]);
      return output;
    },
    async makeProgram(path, source) {
      await mkdir(path, { recursive: true });
      const modules = join(path, "node_modules");
      await mkdir(modules);
      await symlink(projectRoot, join(modules, "pulumi-lakebase"));
      for (const name of await readdir(join(projectRoot, "node_modules"))) {
        await symlink(join(projectRoot, "node_modules", name), join(modules, name));
      }
      await writeFile(join(path, "package.json"), '{"name":"program","type":"module"}');
      await writeFile(
        join(path, "Pulumi.yaml"),
        JSON.stringify({
          name: "lakebase",
          runtime: { name: "nodejs", options: { typescript: false } },
          main: "index.ts",
        }),
      );
      await writeFile(join(path, "index.ts"), source);
    },
    async importState(state) {
      const file = join(folder, "state-to-import.json");
      await writeFile(file, state);
      const { code, output } = await execute(["stack", "import", "--stack", stackName, "--file", file]);
      if (code !== 0) throw new Error(output);
    },
    async filesWritten() {
      const root = join(folder, "engine");
      const entries = await readdir(root, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile());
      return (
        await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), "latin1")))
      ).join("\n");
    },
    async changesAsked() {
      const log = await requestLog(workspace);
      const news = log.filter(({ seq }) => seq > seen);
      seen = log.at(-1)?.seq ?? seen;
      return news
        .filter(
          ({ method, path }) =>
            method !== "GET" && path.startsWith("/api/2.0/database/") && !path.endsWith("/credentials"),
        )
        .map(({ method, path, body }) => `${method} ${path} ${JSON.stringify(body ?? null)}`);
    },
    logs: async () => logs,
    async [Symbol.asyncDispose]() {
      await own?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await writeConfig();
  // From a folder of its own: `stack init` writes the stack's salt beside Pulumi.yaml.
  await copyFile(join(program, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  const made = await execute(["stack", "init", stackName], folder);
  if (made.code !== 0) {
    await stack[Symbol.asyncDispose]();
    throw new Error(`the stack cannot be made:\n${made.output}`);
  }
  await writeConfig();
  return stack;
}

interface LoggedRequest {
  seq: number;
  method: string;
  path: string;
  body?: unknown;
}

async function requestLog(workspace: StackWorkspace): Promise<LoggedRequest[]> {
  const answer = await fetch(`${workspace.apiUrl}/local/requests`, {
    headers: { authorization: `Bearer ${workspace.token}` },
  });
  const { requests } = (await answer.json()) as { requests: LoggedRequest[] };
  return requests;
}

interface EngineEvent {
  resourcePreEvent?: {
    metadata: {
      op: string;
      urn: string;
      type: string;
      diffs?: string[] | null;
      detailedDiff?: Record<string, unknown> | null;
    };
  };
}

const unchanging = new Set(["same", "refresh", "read"]);

// The providers themselves are left out: Pulumi keeps the whole configuration in one of them.
function stepsOf(events: string): Step[] {
  return events
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as EngineEvent)
    .flatMap(({ resourcePreEvent }) => (resourcePreEvent === undefined ? [] : [resourcePreEvent.metadata]))
    .filter(({ op, type }) => !unchanging.has(op) && !type.startsWith("pulumi:providers:"))
    .map(({ op, type, urn, diffs, detailedDiff }) => ({
      op,
      type,
      name: urn.slice(urn.lastIndexOf("::") + 2),
      changed: [...new Set([...(diffs ?? []), ...Object.keys(detailedDiff ?? {})])].sort(),
    }));
}
