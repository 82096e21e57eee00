// A real HTTP server whose answers a test scripts, and a process environment free of Databricks settings.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";

/** A request as the server saw it. */
export interface SeenRequest {
  method: string;
  /** Path with query. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What the server answers; `"hang"` never answers, `"drop"` closes the connection. */
export type Reply =
  | { status?: number; headers?: Record<string, string>; json?: unknown; text?: string }
  | "hang"
  | "drop";

/** A server that listens on a free port of the loopback interface. */
export interface ScriptedServer extends AsyncDisposable {
  url: string;
  requests: SeenRequest[];
}

/** Starts a server that answers by the script. */
export async function startScriptedServer(
  script: (request: SeenRequest, index: number) => Reply,
  make: (listener: Parameters<typeof createServer>[1]) => Server = (listener) =>
    createServer(listener ?? (() => {})),
  scheme = "http",
): Promise<ScriptedServer> {
  const requests: SeenRequest[] = [];
  const server = make(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const seen = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
    requests.push(seen);
    const reply = script(seen, requests.length - 1);
    if (reply === "hang") return;
    if (reply === "drop") {
      request.socket.destroy();
      return;
    }
    const isJson = reply.json !== undefined;
    response.writeHead(reply.status ?? 200, {
      "content-type": isJson ? "application/json" : "text/plain",
      ...reply.headers,
    });
    response.end(isJson ? JSON.stringify(reply.json) : (reply.text ?? ""));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A port of the loopback interface at which nothing listens. */
export async function closedPort(): Promise<number> {
  await using server = await startScriptedServer(() => "drop");
  return Number(new URL(server.url).port);
}

/** Takes every Databricks and Postgres setting out of the environment; gives an empty home folder. */
export async function isolateEnvironment(): Promise<{ home: string } & AsyncDisposable> {
  const home = await mkdtemp(join(tmpdir(), "lakebase-home-"));
  for (const name of Object.keys(process.env)) {
    if (/^(DATABRICKS_|ARM_|GOOGLE_|PG)/.test(name)) vi.stubEnv(name, undefined);
  }
  vi.stubEnv("HOME", home);
  return {
    home,
    async [Symbol.asyncDispose]() {
      vi.unstubAllEnvs();
      await rm(home, { recursive: true, force: true });
    },
  };
}
