// The endpoints under /local that no Databricks workspace has: clock, certificates, request log and faults.
import { Hono } from "hono";
import { timestamp, type WorkspaceClock } from "../clock.ts";
import type { PostgresHost } from "../postgres/index.ts";
import { type Env, readJson } from "./context.ts";
import type { Faults } from "./faults.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { RequestLog } from "./request-log.ts";
import { accept, object } from "./validation.ts";

/** What the control endpoints steer. */
export interface Controls {
  clock: WorkspaceClock;
  lifecycle: Lifecycle;
  requests: RequestLog;
  faults: Faults;
  postgres: PostgresHost;
}

/** The routes relative to /local. */
export function controlRoutes({ clock, lifecycle, requests, faults, postgres }: Controls): Hono<Env> {
  const time = (): object => ({ now: timestamp(clock.now()), offset_seconds: clock.offset / 1000 });
  return new Hono<Env>()
    .get("/clock", (c) => c.json(time()))
    .post("/clock", async (c) => {
      const { advance_seconds } = accept<{ advance_seconds: number }>(
        await readJson(c),
        object({ advance_seconds: seconds }, ["advance_seconds"]),
      );
      clock.advance(advance_seconds * 1000);
      // Answered once everything that is due by the new time has happened.
      await lifecycle.settled();
      return c.json(time());
    })
    .post("/certificates/rotate", async (c) => {
      await postgres.rotateCertificates();
      return c.json({});
    })
    .get("/requests", (c) => c.json({ requests: requests.all() }))
    .delete("/requests", (c) => {
      requests.clear();
      return c.json({});
    })
    .post("/faults", async (c) => c.json({ fault: faults.add(await readJson(c)) }))
    .get("/faults", (c) => c.json({ faults: faults.all() }))
    .delete("/faults", (c) => {
      faults.clear();
      return c.json({});
    });
}

/** A hundred years: beyond it dates stop being dates. */
const mostSeconds = 100 * 365 * 86_400;

function seconds(value: unknown, path: string): string[] {
  if (typeof value === "number" && value >= 0 && value <= mostSeconds) return [];
  return [`${path} must be a number of seconds from 0 to ${mostSeconds}, not ${JSON.stringify(value)}`];
}
