// Fills a request's gaps from the environment and the defaults, and checks what can be checked at once.

import type { ExpectedTable } from "../rules/index.ts";
import { type Clock, systemClock } from "../workspace/index.ts";
import { ConnectionProblem } from "./problem.ts";
import type { ConnectionDeps, ConnectionRequest } from "./types.ts";

/** A request with nothing left open. */
export interface ConnectionPlan {
  instanceName: string;
  databaseName: string;
  endpoint: "read-write" | "read-only";
  port: number;
  sslRootCert: string | undefined;
  hostAddress: string | undefined;
  dnsServers: readonly string[];
  deadlineMs: number;
  settlingMs: number;
  stageTimeoutMs: number;
  tables: readonly ExpectedTable[];
  applicationName: string;
  signal: AbortSignal | undefined;
  clock: Clock;
  onProgress: (line: string) => void;
}

function readPort(given: number | undefined, env: NodeJS.ProcessEnv, instance: string): number {
  const value = given ?? (env.PGPORT ? Number(env.PGPORT) : 5432);
  if (Number.isInteger(value) && value > 0 && value < 65_536) return value;
  throw new ConnectionProblem(
    "connect",
    { instance },
    {
      code: "PORT",
      reason: `the port ${given ?? `"${env.PGPORT}" of PGPORT`} is not a port number`,
      fix: "give a whole number from 1 to 65535; Lakebase listens on 5432",
      retry: "never",
    },
  );
}

/** Libpq's environment variables stand behind the request's own values. */
export function planConnection(request: ConnectionRequest, deps: ConnectionDeps): ConnectionPlan {
  const env = deps.env ?? process.env;
  return {
    instanceName: request.instanceName,
    databaseName: request.databaseName,
    endpoint: request.endpoint ?? "read-write",
    port: readPort(request.port, env, request.instanceName),
    // An empty variable means "not set" to libpq as well.
    sslRootCert: request.sslRootCert || env.PGSSLROOTCERT || undefined,
    hostAddress: request.hostAddress || env.PGHOSTADDR || undefined,
    dnsServers: request.dnsServers ?? [],
    deadlineMs: request.deadlineMs ?? 600_000,
    settlingMs: request.settlingMs ?? 60_000,
    stageTimeoutMs: request.stageTimeoutMs ?? 15_000,
    tables: request.tables ?? [],
    applicationName: request.applicationName ?? "pulumi-lakebase",
    signal: request.signal,
    clock: deps.clock ?? systemClock,
    onProgress: deps.onProgress ?? (() => {}),
  };
}
