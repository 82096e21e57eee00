// The workspace's REST API as one half of the official plugin calls it: headers, sorted bodies, retries, errors.

import { randomBytes } from "node:crypto";
import { backoff, type Clock } from "../clock.ts";
import { PLUGIN_VERSION, STAND_IN_NAME, STAND_IN_VERSION, TERRAFORM_PROVIDER_VERSION } from "../version.ts";
import { ApiError, TransportError } from "./api-error.ts";
import { type Credentials, chooseCredentials } from "./credentials.ts";
import type { HttpAnswer, HttpConnections } from "./http.ts";
import type { Settings } from "./settings.ts";

/** Which of the official plugin's two providers a client belongs to, as its User-Agent says. */
export type HalfName = "pluginframework" | "sdkv2";

/** What a client needs. */
export interface ApiClientOptions {
  settings: Settings;
  half: HalfName;
  connections: HttpConnections;
  clock: Clock;
  signal: AbortSignal;
  /** Called once, before the first authorized request. */
  beforeFirstUse?: () => Promise<void>;
}

/** A call of the API. */
export interface ApiCall {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** Tokens for the User-Agent that say what the call is for, e.g. `resource/database_instance`. */
  purpose?: string;
}

const FIRST_TOKENS = [
  `${STAND_IN_NAME}/${STAND_IN_VERSION}`,
  `databricks-tf-provider/${TERRAFORM_PROVIDER_VERSION}`,
  `node/${process.versions.node}`,
  `os/${process.platform}`,
  `pulumi/${PLUGIN_VERSION}`,
].join(" ");

/** Calls the workspace's API. */
export class ApiClient {
  readonly #options: ApiClientOptions;
  #credentials: Credentials | undefined;
  #prepared: Promise<void> | undefined;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  /** The workspace's address, for links to what is in it. */
  get host(): string {
    return this.#options.settings.host;
  }

  /** The answer's JSON object. */
  async call(call: ApiCall): Promise<Record<string, unknown>> {
    const answer = await this.#send(call, true);
    return parseAnswer(call, answer);
  }

  /** A header of the answer to the call that official clients use to learn the workspace's id. */
  async workspaceIdHeader(): Promise<string> {
    const path = "/api/2.0/preview/scim/v2/Me";
    const answer = await this.#send(
      { method: "GET", path, query: { excludedAttributes: "entitlements" } },
      false,
    );
    const header = answer.headers["x-databricks-org-id"];
    return Array.isArray(header) ? (header[0] ?? "") : (header ?? "");
  }

  /** What the host says about itself; nothing when it says nothing. */
  async hostMetadata(): Promise<{ workspace_id?: string }> {
    try {
      const { status, body } = await this.#plain({ method: "GET", path: "/.well-known/databricks-config" });
      return status === 200 ? (JSON.parse(body) as { workspace_id?: string }) : {};
    } catch (error) {
      if (this.#options.signal.aborted) throw error;
      return {};
    }
  }

  /** Finds out where tokens come from, for credentials that need to. */
  async discover(): Promise<void> {
    await this.#choose().discover();
  }

  #choose(): Credentials {
    const { settings, clock } = this.#options;
    this.#credentials ??= chooseCredentials(settings, (request) => this.#plain(request), clock);
    return this.#credentials;
  }

  async #send(call: ApiCall, acceptsJson: boolean): Promise<HttpAnswer> {
    const credentials = this.#choose();
    this.#prepared ??= this.#options.beforeFirstUse?.();
    await this.#prepared;
    await credentials.discover();
    const body = call.body === undefined ? undefined : JSON.stringify(sortKeys(call.body));
    const headers: Record<string, string> = {
      "User-Agent": [FIRST_TOKENS, `sdk/${this.#options.half}`, call.purpose, `auth/${credentials.name}`]
        .filter(Boolean)
        .join(" "),
      "Accept-Encoding": "identity",
      Traceparent: `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`,
      ...(acceptsJson ? { Accept: "application/json" } : {}),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    };
    return await this.#retrying(async () =>
      this.#exchange({
        method: call.method,
        path: call.path + queryText(call),
        headers: { ...headers, Authorization: await credentials.authorization() },
        ...(body === undefined ? {} : { body }),
      }),
    );
  }

  #plain(request: {
    method: string;
    path: string;
    headers?: Record<string, string>;
    body?: string;
    chunked?: boolean;
  }): Promise<HttpAnswer> {
    return this.#retrying(() =>
      this.#exchange({ ...request, headers: { "User-Agent": FIRST_TOKENS, ...request.headers } }, true),
    );
  }

  async #exchange(
    request: {
      method: string;
      path: string;
      headers: Record<string, string>;
      body?: string;
      chunked?: boolean;
    },
    anyStatus = false,
  ): Promise<HttpAnswer> {
    const { settings, connections, signal } = this.#options;
    const { host, httpTimeoutSeconds: timeoutSeconds } = settings;
    const answer = await connections.send({ ...request, host, timeoutSeconds, signal });
    const error = answer.status >= 400 ? ApiError.fromAnswer(answer.status, answer.body) : undefined;
    if (error && (!anyStatus || error.isRetriable)) throw error;
    return answer;
  }

  /** Repeats what may be repeated; without a time limit unless the settings give one. `Retry-After` is ignored. */
  async #retrying(attempt: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    const { clock, settings, signal } = this.#options;
    const start = clock.now();
    const limit = settings.retryTimeoutSeconds > 0 ? settings.retryTimeoutSeconds * 1000 : Infinity;
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt();
      } catch (error) {
        if (signal.aborted) throw new Error("context canceled");
        const retriable = (error instanceof ApiError || error instanceof TransportError) && error.isRetriable;
        const left = limit - (clock.now() - start);
        if (!retriable || left <= 0) throw error;
        const pause = backoff(attempts, clock);
        await rest(Math.min(pause, left), clock, signal);
        if (pause >= left) throw error;
      }
    }
  }
}

/** Sleeps; an aborted sleep ends in the words of the official plugin. */
export async function rest(milliseconds: number, clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(milliseconds, signal);
  } catch {
    throw new Error("context canceled");
  }
}

function queryText({ method, query = {} }: ApiCall): string {
  const parameters = new URLSearchParams();
  for (const name of Object.keys(query).sort()) {
    if (query[name] !== undefined) parameters.set(name, String(query[name]));
  }
  const text = parameters.toString();
  return text !== "" || method === "GET" || method === "DELETE" ? `?${text}` : "";
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sortKeys(member)]));
}

function parseAnswer(call: ApiCall, { body }: HttpAnswer): Record<string, unknown> {
  if (body === "") return {};
  if (/^\s*</.test(body)) throw new Error("received HTML response instead of JSON");
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    throw new Error(
      "failed to unmarshal response body: unexpected end of JSON input. This is likely a bug in the Databricks SDK " +
        `or the underlying REST API. Request: ${call.method} ${call.path}, answer: ${body.slice(0, 200)}`,
    );
  }
}
