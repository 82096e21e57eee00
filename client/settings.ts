// What one source (arguments, exports, environment) says about a connection, and which of them counts.
import type { Problem } from "../lakebase/rules/problems.ts";

/** What one source says; everything is optional. */
export interface ConnectionSettings {
  instanceName?: string | undefined;
  instanceUid?: string | undefined;
  endpoint?: string | undefined;
  host?: string | undefined;
  readOnlyHost?: string | undefined;
  hostAddress?: string | undefined;
  port?: number | undefined;
  sslRootCert?: string | undefined;
  user?: string | undefined;
  database?: string | undefined;
  applicationName?: string | undefined;
  workspaceHost?: string | undefined;
}

/** The settings that belong to one instance: those of another one are worth nothing. */
const ofInstance = [
  "instanceName",
  "instanceUid",
  "endpoint",
  "host",
  "readOnlyHost",
  "hostAddress",
] as const;

function named(settings: ConnectionSettings): string | undefined {
  return settings.instanceName ?? settings.endpoint;
}

/** Whether the two speak of different instances. */
function contradict(one: ConnectionSettings, other: ConnectionSettings): boolean {
  const [first, second] = [named(one), named(other)];
  return first !== undefined && second !== undefined && first !== second;
}

/** An address goes with a host: it is not taken from a source that means another one. */
function isForOtherHost(chosen: ConnectionSettings, other: ConnectionSettings): boolean {
  if (chosen.host === undefined || other.host === undefined) return false;
  return other.host !== chosen.host && other.host !== chosen.readOnlyHost;
}

/** The first source that says something counts; what it leaves open comes from the next. */
export function mergeSettings(...sources: ConnectionSettings[]): ConnectionSettings {
  const merged: ConnectionSettings = {};
  for (const source of sources) {
    const dropped = new Set<string>(contradict(merged, source) ? ofInstance : []);
    if (isForOtherHost(merged, source)) dropped.add("hostAddress");
    for (const [key, value] of Object.entries(source)) {
      const isOpen = merged[key as keyof ConnectionSettings] === undefined;
      if (isOpen && value !== undefined && !dropped.has(key)) Object.assign(merged, { [key]: value });
    }
  }
  return merged;
}

/** The one host name that says which instance it is for: `instance-<uid>.…`. */
export function uidOfHost(host: string | undefined): string | undefined {
  return /^instance-(?:ro-)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\./i.exec(host ?? "")?.[1];
}

/** A port number, or a problem. */
export function readPort(path: string, value: unknown, problems: Problem[]): number | undefined {
  if (value === undefined || value === "") return undefined;
  const port = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536) return port;
  problems.push({
    path,
    reason: "not a port",
    value,
    allowed: "a whole number from 1 to 65535",
    fix: "Lakebase listens on 5432",
  });
  return undefined;
}

/** Modes that verify less than everything but ask for TLS are raised; those that may do without are refused. */
export function checkSslMode(path: string, mode: unknown, problems: Problem[]): void {
  if (mode === undefined || mode === "" || ["require", "verify-ca", "verify-full"].includes(String(mode)))
    return;
  problems.push({
    path,
    reason: "would weaken TLS, which Lakebase requires",
    value: mode,
    allowed: "verify-full; require and verify-ca are raised to it",
    fix: "leave it out: the server's certificate and name are always verified",
  });
}
