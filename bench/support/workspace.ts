// A local workspace as a process of its own, so that it and the load generator do not share a thread.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ReadyWorkspace } from "../../tools/ready-file.ts";
import type { Effort } from "../harness/result.ts";

/** How a PostgreSQL client connects. */
export interface Connection {
  host: string;
  port: number;
  /** The name in the server's certificate. */
  serverName: string;
  ca: string;
  caFile: string;
  user: string;
  password: string;
  database: string;
}

/** A credential as the API hands it out. */
export interface Credential {
  token: string;
  expiration_time: string;
}

/** The running process. */
export interface Workspace extends AsyncDisposable {
  pid: number;
  apiUrl: string;
  token: string;
  userName: string;
  postgresPort: number;
  caFile: string;
  /** Calls the API; throws unless it answers 200. */
  call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
  /** Creates an instance and waits until it is available. */
  createInstance(name: string): Promise<Record<string, unknown>>;
  /** Waits until the instance is in the state. */
  reach(name: string, state: string): Promise<void>;
  /** Mints a database credential. */
  mint(instance: string): Promise<Credential>;
  /** How the user connects to the instance's default database. */
  connection(instance: string): Promise<Connection>;
  /** Ends the process and leaves its data. */
  stop(): Promise<void>;
}

/** Settings of {@link startWorkspace}. */
export interface WorkspaceOptions {
  effort: Effort;
  tokenSeconds?: number;
  lakehouseDir?: string;
  /** Options of Node itself. */
  nodeOptions?: readonly string[];
  /** A folder that stays; without one a temporary one is removed with the workspace. */
  folder?: string;
}

const program = fileURLToPath(new URL("../../local/main.ts", import.meta.url));
const poll = 5;

/** Starts a workspace whose state transitions take no longer than their work; resolves once it serves. */
export async function startWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "lakebase-bench-")));
  const readyFile = join(folder, "ready.json");
  const { profileDir } = options.effort;
  if (profileDir) await mkdir(profileDir, { recursive: true });
  const child = spawn(
    process.execPath,
    [
      ...(options.nodeOptions ?? []),
      ...(profileDir ? ["--cpu-prof", "--cpu-prof-dir", profileDir] : []),
      program,
      ...["--data", join(folder, "data"), "--ready-file", readyFile, "--port", "0", "--postgres-port", "0"],
      ...["--delays", "fast", "--token-seconds", String(options.tokenSeconds ?? 3600)],
      ...(options.lakehouseDir === undefined ? [] : ["--lakehouse", options.lakehouseDir]),
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const errors: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors.push(text);
    if (errors.length > 50) errors.shift();
  });
  // Also when this process ends without having come to the end of its work.
  const abandon = (): void => void child.kill("SIGTERM");
  process.once("exit", abandon);
  const ended = once(child, "close");
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
    process.off("exit", abandon);
  });
  const stop = async (): Promise<void> => {
    if (!hasEnded) child.kill("SIGTERM");
    await ended;
  };
  const ready = await (async (): Promise<ReadyWorkspace> => {
    for (;;) {
      const found = JSON.parse(await readFile(readyFile, "utf8").catch(() => "{}")) as ReadyWorkspace;
      if (found.pid === child.pid) return found;
      if (hasEnded) throw new Error(`the local workspace ended before it served: ${errors.join("")}`);
      await new Promise((wake) => setTimeout(wake, poll));
    }
  })();
  return {
    ...ready,
    ...(await clientOf(ready)),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

type Client = Pick<Workspace, "call" | "createInstance" | "reach" | "mint" | "connection">;

async function clientOf({ apiUrl, token, userName, postgresPort, caFile }: ReadyWorkspace): Promise<Client> {
  const ca = await readFile(caFile, "utf8");
  const call: Workspace["call"] = async (method, path, body) => {
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  const instance = (name: string) => call("GET", `/api/2.0/database/instances/${name}`);
  const mint = async (name: string): Promise<Credential> => {
    const body = { request_id: "bench", instance_names: [name] };
    return (await call("POST", "/api/2.0/database/credentials", body)) as unknown as Credential;
  };
  const reach = async (name: string, state: string): Promise<void> => {
    while ((await instance(name)).state !== state) await new Promise((wake) => setTimeout(wake, poll));
  };
  return {
    call,
    mint,
    reach,
    async createInstance(name) {
      await call("POST", "/api/2.0/database/instances", { name, capacity: "CU_1" });
      await reach(name, "AVAILABLE");
      return instance(name);
    },
    async connection(name) {
      const serverName = String((await instance(name)).read_write_dns);
      const password = (await mint(name)).token;
      const database = "databricks_postgres";
      return {
        host: "127.0.0.1",
        port: postgresPort,
        serverName,
        ca,
        caFile,
        user: userName,
        password,
        database,
      };
    },
  };
}
