// The local workspace as a process of its own, as `npm run local` starts it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Answer, type Call, callerOf } from "./workspace.ts";

/** What the ready file holds. */
export interface Ready {
  apiUrl: string;
  token: string;
  userName: string;
  postgresHost: string;
  postgresPort: number;
  caFile: string;
  pid: number;
}

/** A running process. */
export interface LocalProcess {
  ready: Ready;
  readyFile: string;
  dataDir: string;
  call: Call;
  /** Waits until the instance is in the state, or gone for `undefined`. */
  reach(name: string, state: string | undefined): Promise<void>;
  /** A token of the service principal. */
  machineToken(): Promise<{ access_token: string }>;
  /** Everything printed so far. */
  output(): { stdout: string; stderr: string };
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for the end; answers with the exit status. Does nothing to a process that has ended. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** What a run of the command left behind. */
export interface Finished {
  status: number | null;
  stdout: string;
  stderr: string;
}

const main = fileURLToPath(new URL("../../../local/main.ts", import.meta.url));

function start(
  args: string[],
  nodeOptions: string[] = [],
): { child: ChildProcess; output: { stdout: string; stderr: string } } {
  const child = spawn(process.execPath, [...nodeOptions, main, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  return { child, output };
}

/** Runs the command to its end, for runs that are refused. */
export async function runLocalProcess(args: string[]): Promise<Finished> {
  const { child, output } = start(args);
  const [status] = (await once(child, "close")) as [number | null];
  return { status, ...output };
}

/** Starts a process with everything in one folder, and waits until it serves. `nodeOptions` are Node's own. */
export async function startLocalProcess(
  folder: string,
  args: string[] = [],
  nodeOptions: string[] = [],
): Promise<LocalProcess> {
  const dataDir = join(folder, "data");
  const readyFile = join(folder, "ready.json");
  const ports = ["--port", "0", "--postgres-port", "0"];
  const { child, output } = start(
    ["--data", dataDir, "--ready-file", readyFile, ...ports, ...args],
    nodeOptions,
  );
  let ended = false;
  const closed = once(child, "close").then(([status]) => {
    ended = true;
    return status as number | null;
  });
  const ready = await readReadyFile(readyFile, child, () => ended);
  const call = callerOf(ready.apiUrl, ready.token);
  return {
    ready,
    readyFile,
    dataDir,
    call,
    output: () => output,
    async reach(name, state) {
      for (;;) {
        const now: Answer = await call("GET", `/api/2.0/database/instances/${name}`);
        if (state === undefined ? now.status === 404 : now.body.state === state) return;
        if (now.status === 404) throw new Error(`instance ${name} is gone, not ${state}`);
        await new Promise((wake) => setTimeout(wake, 25));
      }
    },
    async machineToken() {
      const client = JSON.parse(await readFile(join(dataDir, "service-principal.json"), "utf8")) as object;
      const body = new URLSearchParams({ ...client, grant_type: "client_credentials" });
      const response = await fetch(`${ready.apiUrl}/oidc/v1/token`, { method: "POST", body });
      return (await response.json()) as { access_token: string };
    },
    async kill() {
      if (!ended) child.kill("SIGKILL");
      await closed;
    },
    async stop(signal = "SIGTERM") {
      if (!ended) child.kill(signal);
      return closed;
    },
  };
}

/** A killed run leaves its ready file behind, so only the one of this process counts. */
async function readReadyFile(file: string, child: ChildProcess, ended: () => boolean): Promise<Ready> {
  for (;;) {
    const content = await readFile(file, "utf8").catch(() => "{}");
    const ready = JSON.parse(content) as Ready;
    if (ready.pid === child.pid) return ready;
    if (ended()) throw new Error("the local workspace ended before it served");
    await new Promise((wake) => setTimeout(wake, 25));
  }
}
