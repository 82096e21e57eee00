// What the REST resources share: the workspace's parts, and what each request carries.
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { WorkspaceClock } from "../clock.ts";
import type { Delays } from "../delays.ts";
import type { Jobs } from "../jobs/index.ts";
import type { PostgresHost } from "../postgres/index.ts";
import type { Store } from "../store.ts";
import type { Sync } from "../sync/index.ts";
import type { Apps } from "./apps-table.ts";
import { ApiError } from "./errors.ts";
import type { Directory, Identity } from "./identities.ts";
import type { Identities } from "./identities-table.ts";
import type { Instances } from "./instances-table.ts";
import { parseJson } from "./json.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Permissions } from "./permissions-table.ts";
import type { Tokens } from "./tokens.ts";

/** An instance that is about to be deleted, and who asked for it. */
export interface InstanceDeletion {
  name: string;
  uid: string;
  userAgent: string;
}

/** The parts of a running workspace. */
export interface Workspace {
  clock: WorkspaceClock;
  /** Instances that there may be, those being deleted included. */
  maximumInstances: number;
  /** Told of each instance whose deletion begins. */
  onInstanceDeletion(deletion: InstanceDeletion): void;
  store: Store;
  directory: Directory;
  identities: Identities;
  tokens: Tokens;
  postgres: PostgresHost;
  instances: Instances;
  permissions: Permissions;
  lifecycle: Lifecycle;
  sync: Sync;
  jobs: Jobs;
  apps: Apps;
  /** How long the compute of an app takes to start, stop and go. */
  appDelays: Pick<Delays, "starting" | "stopping" | "deleting">;
}

/** Types of a request's context. */
export interface Env {
  Bindings: HttpBindings;
  Variables: {
    identity: Identity;
    /** What a planted fault does to the request, in words. */
    fault?: string;
  };
}

/** The body as JSON; an empty one counts as an empty object. */
export async function readJson(c: Context<Env>): Promise<unknown> {
  const body = await c.req.text();
  if (body.trim() === "") return {};
  try {
    return parseJson(body);
  } catch {
    throw new ApiError(
      400,
      "MALFORMED_REQUEST",
      "Could not parse request object: the body is not valid JSON, or nested too deeply",
    );
  }
}

/** A parameter of the path that the route declares. */
export function pathParameter(c: Context<Env>, name: string): string {
  return c.req.param(name) ?? "";
}
