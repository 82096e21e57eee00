// One REST call: authorised, with a time-out, a bounded number of retries, and errors that say what to do.
import type { Authentication } from "./authentication.ts";
import type { Clock } from "./clock.ts";
import {
  type Diagnosis,
  diagnoseNetwork,
  diagnoseNotJson,
  diagnoseRedirect,
  diagnoseStatus,
  diagnoseTimeout,
  networkCode,
  networkDetail,
} from "./diagnosis.ts";
import { WorkspaceError } from "./errors.ts";
import { abandonOn } from "./patience.ts";

/** What every call of a workspace shares. */
export interface TransportOptions {
  authentication: Authentication;
  /** For one attempt, the answer's body included. */
  timeoutMs: number;
  /** How long 429 and 503 are retried, all attempts together. */
  retryMs: number;
  clock: Clock;
}

/** One call. */
export interface RestCall {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path under the host, its segments already encoded. */
  path: string;
  query?: Record<string, string>;
  body?: object;
  signal?: AbortSignal | undefined;
  /** Told the id of the workspace that answered, where the answer says it. */
  onWorkspaceId?: (id: string) => void;
}

interface Answer {
  status: number;
  contentType: string;
  retryAfter: string | null;
  location: string | null;
  workspaceId: string | null;
  text: string;
}

async function attempt(options: TransportOptions, call: RestCall): Promise<Answer> {
  const { authentication, timeoutMs } = options;
  const failed = (diagnosis: Diagnosis) =>
    new WorkspaceError({ ...diagnosis, host: authentication.host, method: call.method, path: call.path });
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = call.signal ? AbortSignal.any([deadline, call.signal]) : deadline;
  try {
    const headers = new Headers({ accept: "application/json" });
    await abandonOn(signal, authentication.authorize(headers));
    headers.set(
      "user-agent",
      `pulumi-lakebase nodejs/${process.versions.node} auth/${authentication.authType}`,
    );
    if (call.body !== undefined) headers.set("content-type", "application/json");
    const url = new URL(call.path, authentication.host);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const response = await fetch(url, {
      method: call.method,
      headers,
      body: call.body === undefined ? null : JSON.stringify(call.body),
      // A redirect would carry the token along, and no REST path of a workspace redirects.
      redirect: "manual",
      signal,
    });
    return {
      status: response.status,
      contentType: response.headers.get("content-type") ?? "",
      retryAfter: response.headers.get("retry-after"),
      location: response.headers.get("location"),
      workspaceId: response.headers.get("x-databricks-org-id"),
      text: await response.text(),
    };
  } catch (error) {
    if (error instanceof WorkspaceError) throw error;
    if (call.signal?.aborted) throw call.signal.reason;
    if (deadline.aborted) throw failed(diagnoseTimeout(authentication.host, timeoutMs));
    throw failed(diagnoseNetwork(authentication.host, networkCode(error), networkDetail(error)));
  }
}

/** A service that asks for no wait at all must not be asked without end. */
const shortestRetryMs = 100;

/** How long to wait before the next attempt: what the service asks for, else doubling up to ten seconds. */
export function retryDelay(retryAfter: string | null, attempts: number, now: number): number {
  const asked = retryAfter?.trim() ?? "";
  if (/^\d+$/.test(asked)) return Math.max(shortestRetryMs, Number(asked) * 1000);
  const date = asked === "" ? Number.NaN : Date.parse(asked);
  if (!Number.isNaN(date)) return Math.max(shortestRetryMs, date - now);
  return Math.min(10_000, 500 * 2 ** attempts);
}

/** How often a question is asked again whose connection broke; nothing else is, since it may have been carried out. */
const mostBroken = 2;
const brokenPauseMs = 200;

/** A connection that was there and ended: kept open for too long, or cut by a proxy or a restart on the way. */
function isBroken(error: unknown): boolean {
  return (
    error instanceof WorkspaceError && ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes(error.code ?? "")
  );
}

/** Sends the call and returns the JSON of its answer. */
export async function send(options: TransportOptions, call: RestCall): Promise<unknown> {
  const { host } = options.authentication;
  const failed = (diagnosis: Diagnosis, status?: number) =>
    new WorkspaceError({ ...diagnosis, status, host, method: call.method, path: call.path });
  const started = options.clock.now();
  for (let attempts = 0, broken = 0, renewed = false; ; attempts += 1) {
    let answer: Answer;
    try {
      answer = await attempt(options, call);
    } catch (error) {
      if (call.method !== "GET" || broken === mostBroken || !isBroken(error)) throw error;
      broken += 1;
      await options.clock.sleep(brokenPauseMs, call.signal);
      continue;
    }
    const { status, contentType, text } = answer;
    // Once: an OAuth token that was revoked, or expired by the workspace's clock before ours.
    if (status === 401 && !renewed) {
      renewed = true;
      if (await options.authentication.renew()) continue;
    }
    if (status === 429 || status === 503) {
      const now = options.clock.now();
      const wait = retryDelay(answer.retryAfter, attempts, now);
      if (now - started + wait <= options.retryMs) {
        await options.clock.sleep(wait, call.signal);
        continue;
      }
      const diagnosis = diagnoseStatus(host, status, contentType, text);
      const tried = `${attempts + 1} ${attempts === 0 ? "attempt" : "attempts"} in ${Math.round((now - started) / 1000)} s`;
      const asked = answer.retryAfter === null ? "" : `, Retry-After: ${answer.retryAfter.slice(0, 40)}`;
      throw failed({ ...diagnosis, reason: `${diagnosis.reason} (${tried}${asked})` }, status);
    }
    if (status >= 300 && status < 400)
      throw failed(diagnoseRedirect(host, status, answer.location ?? undefined), status);
    if (status >= 400) throw failed(diagnoseStatus(host, status, contentType, text), status);
    if (answer.workspaceId !== null) call.onWorkspaceId?.(answer.workspaceId);
    if (text.trim() === "") return {};
    try {
      return JSON.parse(text);
    } catch {
      throw failed(diagnoseNotJson(host, contentType), status);
    }
  }
}
