// One HTTP request over node:http, its failures named as the official plugin's SDK names them.

import http from "node:http";
import https from "node:https";
import { TransportError } from "./api-error.ts";

/** A request as it goes on the wire. */
export interface HttpRequest {
  method: string;
  /** Host with scheme, and path with query: kept apart because a bare trailing `?` must survive. */
  host: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** Send the body in chunks, without a length. */
  chunked?: boolean;
  timeoutSeconds: number;
  signal: AbortSignal;
}

/** An answer. */
export interface HttpAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

const REDIRECTS = new Set([301, 302, 303]);

/** Keeps connections to one host open between requests. */
export class HttpConnections {
  readonly #plain = new http.Agent({ keepAlive: true });
  readonly #secure = new https.Agent({ keepAlive: true });

  /** Sends the request; follows redirects as GET. A GET that loses its kept connection is sent once more. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    let answer: HttpAnswer;
    try {
      answer = await this.#exchange(request);
    } catch (error) {
      if (!(error instanceof LostConnection)) throw error;
      if (request.method !== "GET") throw error.cause;
      answer = await this.#exchange(request).catch((again) => {
        throw again instanceof LostConnection ? again.cause : again;
      });
    }
    const location = answer.headers.location;
    if (!REDIRECTS.has(answer.status) || !location) return answer;
    const target = new URL(location, request.host);
    const { body: _, ...rest } = request;
    return await this.send({
      ...rest,
      method: "GET",
      host: target.origin,
      path: target.pathname + target.search,
    });
  }

  /** Closes idle connections. */
  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  #exchange(request: HttpRequest): Promise<HttpAnswer> {
    const url = new URL(request.host);
    const secure = url.protocol === "https:";
    return new Promise((resolve, reject) => {
      const outgoing = (secure ? https : http).request({
        host: url.hostname.replace(/^\[|\]$/g, ""),
        port: url.port || (secure ? 443 : 80),
        method: request.method,
        path: request.path,
        headers: withLength(request),
        agent: secure ? this.#secure : this.#plain,
        // A write is never torn off: whether the workspace carried it out would stay unknown.
        ...(request.method === "GET" ? { signal: request.signal } : {}),
      });
      outgoing.setTimeout(request.timeoutSeconds * 1000, () => {
        const message = `request timed out after ${request.timeoutSeconds}s of inactivity`;
        outgoing.destroy(new TransportError(message, false));
      });
      outgoing.on("error", (error) => reject(nameFailure(error, request)));
      outgoing.on("response", (incoming) => {
        readBody(incoming).then(
          (body) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }),
          reject,
        );
      });
      outgoing.end(request.body);
    });
  }
}

function withLength(request: HttpRequest): Record<string, string> {
  if (request.body === undefined) return request.headers;
  const framing = request.chunked
    ? { "Transfer-Encoding": "chunked" }
    : { "Content-Length": String(Buffer.byteLength(request.body)) };
  return { ...request.headers, ...framing };
}

async function readBody(incoming: http.IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  try {
    for await (const part of incoming) parts.push(part as Buffer);
  } catch (error) {
    throw error instanceof TransportError
      ? error
      : new TransportError("response body: unexpected EOF", false);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** The connection ended before any answer: worth one more try for a request that changes nothing. */
class LostConnection extends Error {}

function nameFailure(error: Error, request: HttpRequest): Error {
  if (error instanceof TransportError) return error;
  const failure = ((error as AggregateError).errors?.[0] ?? error) as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  const method = request.method[0] + request.method.slice(1).toLowerCase();
  const what = `${method} "${request.host}${request.path}"`;
  if (failure.code === "ECONNREFUSED") {
    const address = `${failure.address}:${failure.port}`;
    return new TransportError(`${what}: dial tcp ${address}: connect: connection refused`, true);
  }
  if (failure.code === "ENOTFOUND" || failure.code === "EAI_AGAIN") {
    const name = new URL(request.host).hostname;
    return new TransportError(`${what}: dial tcp: lookup ${name}: no such host`, false);
  }
  if (failure.code === "ECONNRESET") {
    // Node tells an orderly close without an answer from a reset only by the failing system call.
    const reset = failure.syscall === "read" || failure.syscall === "write";
    const text = reset ? `${what}: read tcp: connection reset by peer` : `${what}: EOF`;
    return new LostConnection(text, { cause: new TransportError(text, reset) });
  }
  return new TransportError(`${what}: ${failure.message}`, false);
}
