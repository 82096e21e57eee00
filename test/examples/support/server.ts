// A web server of an example as a process of its own, spoken to over HTTP.
import { spawn } from "node:child_process";
import type { Environment } from "./workspace.ts";

/** What to start, and how its output tells its address. */
export interface ServerCommand {
  command: string;
  args: string[];
  cwd: string;
  env: Environment;
}

/** An answer, its body read as JSON. */
export interface ServerAnswer {
  status: number;
  body: unknown;
}

/** A running server. */
export interface ExampleServer extends AsyncDisposable {
  url: string;
  /** Everything printed so far. */
  output(): string;
  get(path: string): Promise<ServerAnswer>;
  post(path: string, body: unknown): Promise<ServerAnswer>;
  /** SIGTERM; answers with the exit status. */
  stop(): Promise<number | null>;
}

/** Starts a server; resolves once it has printed where it listens, rejects with its output if it ends. */
export async function startServer({ command, args, cwd, env }: ServerCommand): Promise<ExampleServer> {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const ended = Promise.withResolvers<number | null>();
  child.once("error", ended.reject);
  child.once("close", ended.resolve);
  const found = Promise.withResolvers<string>();
  const read = (text: string): void => {
    output += text;
    const address = /(?:running|listening) on (http:\/\/127\.0\.0\.1:\d+)/i.exec(output)?.[1];
    if (address) found.resolve(address);
  };
  child.stdout.setEncoding("utf8").on("data", read);
  child.stderr.setEncoding("utf8").on("data", read);
  const stop = async (): Promise<number | null> => {
    child.kill("SIGTERM");
    return await ended.promise;
  };
  const url = await Promise.race([
    found.promise,
    ended.promise.then((status) => {
      throw new Error(`${command} ended with status ${status}: ${output}`);
    }),
  ]);
  const send = async (path: string, init: RequestInit): Promise<ServerAnswer> => {
    const response = await fetch(`${url}${path}`, init);
    return { status: response.status, body: await response.json() };
  };
  return {
    url,
    output: () => output,
    get: (path) => send(path, {}),
    post: (path, body) =>
      send(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    stop,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await stop();
    },
  };
}
