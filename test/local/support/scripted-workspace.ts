// A workspace that answers from a script and writes down what it was asked: for tests of who sends what, in which order.

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An answer of the script. `action` does something to the connection instead of answering. */
export interface ScriptedAnswer {
  status?: number;
  body?: unknown;
  /** Text sent as it is, instead of `body` as JSON. */
  text?: string;
  headers?: Record<string, string>;
  action?: "close" | "cut" | "reset" | "stall";
}

/** A request as it arrived. */
export interface RecordedRequest {
  method: string;
  /** Path with query, exactly as sent. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** The rules of a script: `METHOD path` (without a bare trailing `?`) to the answers given in turn, the last one for ever. */
export type Script = Record<
  string,
  ScriptedAnswer | ScriptedAnswer[] | ((request: RecordedRequest) => ScriptedAnswer)
>;

/** The workspace id in the header of every `Me` answer. */
export const WORKSPACE_ID = "1234567890123456";

/** How the request for the workspace id and for the caller is written in expected traces. */
export const ME = "GET /api/2.0/preview/scim/v2/Me?excludedAttributes=entitlements";

/** The probes every run begins with. */
export const PROBES = ["GET /.well-known/databricks-config", "GET /.well-known/databricks-config"];

const DEFAULTS: Script = {
  "GET /.well-known/databricks-config": {
    status: 404,
    body: { error_code: "ENDPOINT_NOT_FOUND", message: "no such endpoint" },
  },
  [ME]: {
    body: { id: "9001", userName: "me@example.com" },
    headers: { "X-Databricks-Org-Id": WORKSPACE_ID },
  },
};

/** A running scripted workspace. */
export class ScriptedWorkspace {
  readonly url: string;
  readonly requests: RecordedRequest[] = [];
  #script: Script;
  readonly #turns = new Map<string, number>();
  readonly #close: () => Promise<void>;

  constructor(url: string, script: Script, close: () => Promise<void>) {
    this.url = url;
    this.#script = { ...DEFAULTS, ...script };
    this.#close = close;
  }

  /** Adds to the script; rules given again start over. */
  script(rules: Script): void {
    this.#script = { ...this.#script, ...rules };
    for (const rule of Object.keys(rules)) this.#turns.delete(rule);
  }

  /** What was asked since the last call, each as `METHOD path body`. */
  takeTrace(): string[] {
    const lines = this.requests.map(({ method, path, body }) =>
      [method, path, body].filter(Boolean).join(" "),
    );
    this.requests.length = 0;
    return lines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  /** The scripted answer to a request. */
  answer(request: RecordedRequest): ScriptedAnswer {
    this.requests.push(request);
    const rule = `${request.method} ${request.path.replace(/\?$/, "")}`;
    const answers = this.#script[rule];
    if (answers === undefined) return { status: 500, body: { message: `not scripted: ${rule}` } };
    if (typeof answers === "function") return answers(request);
    if (!Array.isArray(answers)) return answers;
    const turn = this.#turns.get(rule) ?? 0;
    this.#turns.set(rule, turn + 1);
    return answers[Math.min(turn, answers.length - 1)]!;
  }
}

/** Starts a scripted workspace on a free loopback port. */
export async function startScriptedWorkspace(script: Script = {}): Promise<ScriptedWorkspace> {
  const server = createServer((incoming, outgoing) => {
    void readBody(incoming).then((body) => {
      const { method = "", url = "", headers } = incoming;
      give(workspace.answer({ method, path: url, headers, body }), incoming, outgoing);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const workspace = new ScriptedWorkspace(url, script, async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return workspace;
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function give(answer: ScriptedAnswer, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const text = answer.text ?? JSON.stringify(answer.body ?? {});
  if (answer.action === "stall") return;
  if (answer.action === "close") {
    incoming.socket.end();
    return;
  }
  if (answer.action === "reset") {
    incoming.socket.resetAndDestroy();
    return;
  }
  if (answer.action === "cut") {
    outgoing.writeHead(answer.status ?? 200, { "Content-Length": text.length + 100 });
    outgoing.write(text, () => incoming.socket.end());
    return;
  }
  outgoing.writeHead(answer.status ?? 200, { "Content-Type": "application/json", ...answer.headers });
  outgoing.end(text);
}
