// Local workspaces for tests: in a temporary directory, on free ports, with a small HTTP client.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  assembleWorkspace,
  type LocalWorkspace,
  type LocalWorkspaceOptions,
} from "../../../local/assembly.ts";
import { startPostgresHost } from "../../../local/postgres/index.ts";
import { type InMemoryPostgres, startInMemoryPostgres } from "./in-memory-postgres.ts";

/** An answer of the API. */
export interface Answer {
  status: number;
  body: Record<string, unknown> & { error_code?: string; message?: string };
  headers: Headers;
}

/** Calls the API with the user's token, unless `token` says otherwise. */
export type Call = (method: string, path: string, body?: unknown, token?: string | null) => Promise<Answer>;

/** A workspace of a test. */
export interface TestWorkspace extends AsyncDisposable {
  workspace: LocalWorkspace;
  call: Call;
  /** Creates an instance and waits until it is at rest. */
  createInstance(body: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Waits until the instance is in the state, or gone for `undefined`. */
  reach(name: string, state: string | undefined): Promise<void>;
  /** Log lines so far. */
  lines: string[];
}

/** The client for an API. */
export function callerOf(apiUrl: string, userToken: string): Call {
  return async (method, path, body, token = userToken) => {
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === "" ? {} : (JSON.parse(text) as Answer["body"]),
      headers: response.headers,
    };
  };
}

type Options = Partial<LocalWorkspaceOptions>;

/** Starts a workspace on real PostgreSQL. */
export function startRealWorkspace(options: Options = {}): Promise<TestWorkspace> {
  return start(options, startPostgresHost);
}

/** Starts a workspace without PostgreSQL, for what the API does alone; `prepare` may break the stand-in beforehand. */
export async function startApiWorkspace(
  options: Options = {},
  prepare: (postgres: InMemoryPostgres) => void = () => {},
): Promise<TestWorkspace & { postgres: InMemoryPostgres }> {
  let postgres: InMemoryPostgres | undefined;
  const started = await start(options, async (given) => {
    postgres = await startInMemoryPostgres(given);
    prepare(postgres);
    return postgres;
  });
  return { ...started, postgres: postgres as InMemoryPostgres };
}

async function start(options: Options, host: typeof startPostgresHost): Promise<TestWorkspace> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "local-workspace-")));
  const lines: string[] = [];
  const remove = async (): Promise<void> => {
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  };
  const workspace = await assembleWorkspace(
    { delays: "fast", log: (line) => lines.push(line), ...options, dataDir },
    host,
  ).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const call = callerOf(workspace.apiUrl, workspace.token);
  const reach = async (name: string, state: string | undefined): Promise<void> => {
    for (;;) {
      await workspace.settled();
      const now = await call("GET", `/api/2.0/database/instances/${name}`);
      if (state === undefined ? now.status === 404 : now.body.state === state) return;
      if (state !== undefined && now.status === 404)
        throw new Error(`instance ${name} is gone, not ${state}`);
      // A net against hangs is the test's own time-out.
      await new Promise((wake) => setTimeout(wake, 10));
    }
  };
  return {
    workspace,
    call,
    lines,
    reach,
    async createInstance(body) {
      const made = await call("POST", "/api/2.0/database/instances", body);
      if (made.status !== 200) throw new Error(`create answered ${made.status}: ${made.body.message}`);
      await reach(String(body.name), body.stopped ? "STOPPED" : "AVAILABLE");
      return (await call("GET", `/api/2.0/database/instances/${body.name}`)).body;
    },
    async [Symbol.asyncDispose]() {
      await workspace.close();
      await remove();
    },
  };
}
