// Faults that a test or demonstration plants: error answers, delays, broken bodies and dropped connections.
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

const check = object({
  method: text({ form: /^[A-Za-z]+$/, described: "an HTTP method" }),
  path: pattern,
  times: integer(1, 1_000_000),
  status: integer(200, 599),
  error_code: text(),
  message: text(),
  headers,
  delay_ms: integer(0, 3_600_000),
  drop: oneOf(["before", "after"]),
  body: text(),
});

/** The planted faults. */
export interface Faults {
  add(body: unknown): Fault;
  /** Those still to come, with how often. */
  all(): { fault: Fault; left: number }[];
  clear(): void;
  /** Checks each request before anything else does. */
  readonly middleware: MiddlewareHandler<Env>;
}

/** Makes the list of faults; `closing` ends delays under way. */
export function createFaults(closing: AbortSignal): Faults {
  let planted: { fault: Fault; left: number }[] = [];

  function take(method: string, path: string): Fault | undefined {
    const hit = planted.find(
      ({ fault }) =>
        (fault.method ?? method).toUpperCase() === method && new RegExp(fault.path ?? "").test(path),
    );
    if (!hit) return undefined;
    hit.left -= 1;
    planted = planted.filter((item) => item.left > 0);
    return hit.fault;
  }

  return {
    add(body) {
      const fault = accept<Fault>(body, check);
      const effects = [fault.status, fault.body, fault.delay_ms, fault.drop];
      if (effects.every((effect) => effect === undefined)) {
        throw invalidParameter(
          "the fault has no effect: give at least one of status, body, delay_ms and drop",
        );
      }
      planted.push({ fault, left: fault.times ?? 1 });
      return fault;
    },
    all: () => planted,
    clear() {
      planted = [];
    },
    middleware: async (c, next) => {
      if (planted.length === 0 || isControl(c.req.path)) return next();
      const url = new URL(c.req.url);
      const fault = take(c.req.method, url.pathname + url.search);
      if (!fault) return next();
      c.set("fault", describeFault(fault));
      if (fault.delay_ms) await sleep(fault.delay_ms, undefined, { signal: closing });
      if (fault.drop === "after") await next();
      if (fault.drop) {
        c.env.incoming.socket.destroy();
        c.res = RESPONSE_ALREADY_SENT;
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
export function describeFault({ status, delay_ms, drop, body, error_code }: Fault): string {
  const effects = [
    delay_ms === undefined ? "" : `waits ${delay_ms} ms`,
    drop === undefined ? "" : `connection dropped ${drop} it takes effect`,
    status === undefined ? "" : `answers ${status}${error_code === undefined ? "" : ` ${error_code}`}`,
    status === undefined && body !== undefined ? "answers another body" : "",
  ];
  return effects.filter((effect) => effect !== "").join(", ");
}

function errorBody(fault: Fault): object {
  return {
    error_code: fault.error_code ?? "TEMPORARILY_UNAVAILABLE",
    message: fault.message ?? "a fault planted through /local/faults",
  };
}
