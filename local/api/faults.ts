// Faults that a test or demonstration plants: error answers, delays, broken bodies, dropped connections, answers that
// say something else, and what somebody else does just before.
import { setTimeout as sleep } from "node:timers/promises";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { MiddlewareHandler } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import type { Env } from "./context.ts";
import { isControl } from "./control-paths.ts";
import { invalidParameter } from "./errors.ts";
import { accept, type Check, integer, isObject, object, oneOf, text } from "./validation.ts";

/** A fault: requests that match get it, `times` times. */
export interface Fault {
  method?: string;
  /** Regular expression on path and query. */
  path?: string;
  /** Regular expression on the request's body, for requests whose path does not name the object. */
  request?: string;
  /** Regular expression on the User-Agent. */
  user_agent?: string;
  /** How many matching requests pass first. */
  skip?: number;
  times?: number;
  status?: number;
  error_code?: string;
  message?: string;
  headers?: Record<string, string>;
  delay_ms?: number;
  /** Drop the connection without an answer: before the request takes effect, or after. */
  drop?: "before" | "after";
  /** The answer's body as it is, instead of one made of error_code and message. */
  body?: string;
  /** Fields that the answer, otherwise the real one, has in place of its own; errors stay as they are. */
  answer?: Record<string, unknown>;
  /** A request that somebody else makes just before; a deletion is waited for. */
  meanwhile?: { method: string; path: string; body?: Record<string, unknown> };
}

const pattern: Check = (value, path) => {
  const problems = text()(value, path);
  if (problems.length > 0) return problems;
  try {
    new RegExp(value as string);
    return [];
  } catch (error) {
    return [`${path} is not a regular expression: ${(error as Error).message}`];
  }
};

const headers: Check = (value, path) =>
  isObject(value) && Object.values(value).every((content) => typeof content === "string")
    ? []
    : [`${path} must be an object of strings`];

const anyObject: Check = (value, path) => (isObject(value) ? [] : [`${path} must be an object`]);
const method = text({ form: /^[A-Za-z]+$/, described: "an HTTP method" });
const otherRequest = {
  method,
  path: text({ form: /^\/api\//, described: "a path of the API" }),
  body: anyObject,
};

const check = object({
  method,
  path: pattern,
  request: pattern,
  user_agent: pattern,
  skip: integer(0, 1_000_000),
  times: integer(1, 1_000_000),
  status: integer(200, 599),
  error_code: text(),
  message: text(),
  headers,
  delay_ms: integer(0, 3_600_000),
  drop: oneOf(["before", "after"]),
  body: text(),
  answer: anyObject,
  meanwhile: object(otherRequest, ["method", "path"]),
});

interface Planted {
  fault: Fault;
  left: number;
  /** Matching requests that still pass. */
  passing: number;
}

/** The planted faults. */
export interface Faults {
  add(body: unknown): Fault;
  /** Those still to come, with how often. */
  all(): Planted[];
  clear(): void;
  /** Checks each request before anything else does. */
  readonly middleware: MiddlewareHandler<Env>;
}

/**
 * Makes the list of faults.
 *
 * @param closing ends delays under way
 * @param token authorises what somebody else does
 */
export function createFaults(closing: AbortSignal, token: string): Faults {
  let planted: Planted[] = [];

  function take(request: {
    method: string;
    path: string;
    body: string;
    userAgent: string;
  }): Fault | undefined {
    for (const item of planted) {
      if (!matches(item.fault, request)) continue;
      if (item.passing > 0) {
        item.passing -= 1;
        continue;
      }
      item.left -= 1;
      planted = planted.filter(({ left }) => left > 0);
      return item.fault;
    }
    return undefined;
  }

  return {
    add(body) {
      const fault = accept<Fault>(body, check);
      const effects = [fault.status, fault.body, fault.delay_ms, fault.drop, fault.answer, fault.meanwhile];
      if (effects.every((effect) => effect === undefined)) {
        throw invalidParameter(
          "the fault has no effect: give at least one of status, body, delay_ms, drop, answer and meanwhile",
        );
      }
      planted.push({ fault, left: fault.times ?? 1, passing: fault.skip ?? 0 });
      return fault;
    },
    all: () => planted,
    clear() {
      planted = [];
    },
    middleware: async (c, next) => {
      if (planted.length === 0 || isControl(c.req.path)) return next();
      const url = new URL(c.req.url);
      const { method } = c.req;
      const userAgent = c.req.header("user-agent") ?? "";
      const fault = take({ method, path: url.pathname + url.search, body: await c.req.text(), userAgent });
      if (!fault) return next();
      c.set("fault", describeFault(fault));
      if (fault.delay_ms) await sleep(fault.delay_ms, undefined, { signal: closing });
      if (fault.meanwhile) await actAsSomebodyElse(url.origin, token, fault.meanwhile, closing);
      if (fault.drop === "after") await next();
      if (fault.drop) {
        c.env.incoming.socket.destroy();
        c.res = RESPONSE_ALREADY_SENT;
        return;
      }
      if (fault.answer !== undefined) {
        await next();
        if (!c.res.ok) return;
        const real = (await c.res.json()) as Record<string, unknown>;
        c.res = c.json({ ...real, ...fault.answer });
        return;
      }
      if (fault.status === undefined && fault.body === undefined) return next();
      const answer = fault.body ?? JSON.stringify(errorBody(fault));
      const type = { "content-type": "application/json" };
      return c.newResponse(answer, {
        status: (fault.status ?? 200) as StatusCode,
        headers: { ...type, ...fault.headers },
      });
    },
  };
}

/** What a fault does, in words. */
export function describeFault(fault: Fault): string {
  const { status, delay_ms, drop, body, error_code, answer, meanwhile } = fault;
  const effects = [
    meanwhile === undefined ? "" : `somebody else asks for ${meanwhile.method} ${meanwhile.path}`,
    delay_ms === undefined ? "" : `waits ${delay_ms} ms`,
    drop === undefined ? "" : `connection dropped ${drop} it takes effect`,
    status === undefined ? "" : `answers ${status}${error_code === undefined ? "" : ` ${error_code}`}`,
    status === undefined && body !== undefined ? "answers another body" : "",
    answer === undefined ? "" : `answers with another ${Object.keys(answer).join(", ")}`,
  ];
  return effects.filter((effect) => effect !== "").join(", ");
}

function matches(
  fault: Fault,
  { method, path, body, userAgent }: { method: string; path: string; body: string; userAgent: string },
): boolean {
  return (
    (fault.method ?? method).toUpperCase() === method &&
    new RegExp(fault.path ?? "").test(path) &&
    new RegExp(fault.request ?? "").test(body) &&
    new RegExp(fault.user_agent ?? "").test(userAgent)
  );
}

async function actAsSomebodyElse(
  origin: string,
  token: string,
  { method, path, body }: NonNullable<Fault["meanwhile"]>,
  signal: AbortSignal,
): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(new URL(path, origin), { method, headers, signal, ...content });
  await answer.body?.cancel();
  if (method.toUpperCase() !== "DELETE" || !answer.ok) return;
  const isThere = async () => {
    const { status, body: rest } = await fetch(new URL(path, origin), { headers, signal });
    await rest?.cancel();
    return status !== 404;
  };
  while (await isThere()) await sleep(20, undefined, { signal });
}

function errorBody(fault: Fault): object {
  return {
    error_code: fault.error_code ?? "TEMPORARILY_UNAVAILABLE",
    message: fault.message ?? "a fault planted through /local/faults",
  };
}
