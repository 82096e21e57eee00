// The part of the options that is pg's own: sizes, recycling, TLS; checked, filled with defaults, nothing dropped.
import { readFileSync } from "node:fs";
import {
  checkServerIdentity,
  createSecureContext,
  getCACertificates,
  type ConnectionOptions as TlsOptions,
} from "node:tls";
import type { PoolConfig } from "pg";
import type { Problem } from "../lakebase/rules/problems.ts";
import type { LakebasePoolOptions } from "./options.ts";

/** The longest that a timer of Node's can wait, in seconds. */
const maxTimerSeconds = 2_147_483;

/** Checks a number and notes a problem if it is out of its range. */
export function checkNumber(
  path: string,
  value: unknown,
  range: { from: number; to: number; whole?: boolean },
  problems: Problem[],
): void {
  if (value === undefined || value === null) return;
  const isNumber = typeof value === "number" && value >= range.from && value <= range.to;
  if (isNumber && (!range.whole || Number.isInteger(value))) return;
  const kind = range.whole ? "a whole number" : "a number";
  const upTo =
    range.to === Number.POSITIVE_INFINITY ? `of at least ${range.from}` : `from ${range.from} to ${range.to}`;
  const fix = "correct it, or leave it out for the default";
  problems.push({ path, reason: "out of range", value, allowed: `${kind} ${upTo}`, fix });
}

/** 5 connections are kept, 10 more come and go: pg's `min` and `max`. */
function poolSizes(options: LakebasePoolOptions, problems: Problem[]): { min: number; max: number } {
  const { poolSize, maxOverflow, min, max } = options;
  const whole = { from: 0, to: 1_000, whole: true };
  for (const [path, value] of Object.entries({ poolSize, maxOverflow, min })) {
    checkNumber(path, value, whole, problems);
  }
  checkNumber("max", max, { ...whole, from: 1 }, problems);
  const conflict = (one: string, other: string) =>
    problems.push({
      path: one,
      reason: `says the same as ${other} in another way`,
      fix: `give either ${one} or ${other}`,
    });
  if (poolSize !== undefined && min !== undefined) conflict("poolSize", "min");
  if (maxOverflow !== undefined && max !== undefined) conflict("maxOverflow", "max");
  const kept = min ?? poolSize ?? Math.min(5, max ?? 5);
  const most = max ?? kept + (maxOverflow ?? 10);
  if (most < kept || most === 0) {
    const allowed = `at least ${Math.max(1, kept)}`;
    problems.push({
      path: "max",
      reason: "less than what is kept open",
      value: most,
      allowed,
      fix: "raise it",
    });
  }
  return { min: kept, max: most };
}

/** The certificate authorities to trust; undefined for Node's. */
function readTrust(sslRootCert: string | undefined, problems: Problem[]): string | string[] | undefined {
  if (sslRootCert === undefined) return undefined;
  if (sslRootCert === "system") return getCACertificates("system");
  let code: string | undefined;
  try {
    const pem = readFileSync(sslRootCert, "utf8");
    if (pem.includes("-----BEGIN CERTIFICATE-----")) return pem;
  } catch (error) {
    ({ code } = error as NodeJS.ErrnoException);
  }
  problems.push({
    path: "sslRootCert",
    reason: code === undefined ? "the file holds no PEM certificate" : `the file cannot be read (${code})`,
    value: sslRootCert,
    fix: "correct it (PGSSLROOTCERT), or leave it out for the certificate authorities that Node trusts",
  });
  return undefined;
}

/** TLS with the server's certificate and name verified, whatever else is asked for. */
export function tlsOptions(
  ssl: unknown,
  host: string | undefined,
  sslRootCert: string | undefined,
  problems: Problem[],
): TlsOptions {
  const refuse = (path: string, reason: string, fix: string) => problems.push({ path, reason, fix });
  const fix = "leave it out: the server's certificate and name are always verified";
  if (ssl === false || typeof ssl === "string") refuse("ssl", "Lakebase requires verified TLS", fix);
  const given: TlsOptions = typeof ssl === "object" && ssl !== null ? ssl : {};
  if (given.rejectUnauthorized === false)
    refuse("ssl.rejectUnauthorized", "would switch verification off", fix);
  if (given.servername !== undefined && host !== undefined && given.servername !== host) {
    refuse(
      "ssl.servername",
      `differs from the host ${host}`,
      "give host as the name and hostAddress as the address",
    );
  }
  const trust = given.ca === undefined ? readTrust(sslRootCert, problems) : undefined;
  const further = given.checkServerIdentity;
  const checked: TlsOptions = {
    minVersion: "TLSv1.2",
    ...(trust === undefined ? {} : { ca: trust }),
    ...given,
    // Said outright, so that NODE_TLS_REJECT_UNAUTHORIZED=0 does not take it away.
    rejectUnauthorized: true,
    // A check of the application's own comes on top and replaces nothing.
    ...(further === undefined
      ? {}
      : {
          checkServerIdentity: (name, certificate) =>
            checkServerIdentity(name, certificate) ?? further(name, certificate),
        }),
  };
  // A private key given as not enumerable, as pg itself makes it, survives the copy.
  if (given.key !== undefined) checked.key = given.key;
  // Made once: otherwise the authorities would be parsed again for each connection.
  return trust === undefined || given.cert !== undefined || given.key !== undefined
    ? checked
    : { ...checked, ...contextOf(checked, sslRootCert, problems) };
}

function contextOf(
  options: TlsOptions,
  sslRootCert: string | undefined,
  problems: Problem[],
): Pick<TlsOptions, "secureContext"> {
  try {
    return { secureContext: createSecureContext(options) };
  } catch (error) {
    const reason = `cannot be used: ${(error as Error).message}`;
    const fix = "give a file with PEM certificates (PGSSLROOTCERT)";
    problems.push({ path: "sslRootCert", reason, value: sslRootCert, fix });
    return {};
  }
}

/** The options that are not pg's, or that pg must not see. */
const ownOptions: ReadonlySet<string> = new Set<keyof LakebasePoolOptions>([
  ...(["exports", "env", "instanceName", "endpoint", "readOnly", "readOnlyHost", "hostAddress"] as const),
  ...(["dnsServers", "sslRootCert", "workspace", "poolSize", "maxOverflow", "lifetimeJitter"] as const),
  ...(["tokens", "mintToken", "meter"] as const),
  // Settled elsewhere and put in at the end.
  ...(["connectionString", "ssl", "host", "port", "user", "database"] as const),
]);

/** pg's options with this product's defaults; what the application says comes first. */
export function driverOptions(options: LakebasePoolOptions, problems: Problem[]): PoolConfig {
  const { maxLifetimeSeconds, lifetimeJitter, idleTimeoutMillis, connectionTimeoutMillis } = options;
  checkNumber("maxLifetimeSeconds", maxLifetimeSeconds, { from: 0, to: maxTimerSeconds }, problems);
  checkNumber("lifetimeJitter", lifetimeJitter, { from: 0, to: 0.5 }, problems);
  const millis = { from: 0, to: maxTimerSeconds * 1_000 };
  checkNumber("idleTimeoutMillis", idleTimeoutMillis, millis, problems);
  checkNumber("connectionTimeoutMillis", connectionTimeoutMillis, millis, problems);
  if ((options as PoolConfig).password !== undefined) {
    const fix = "leave it out; mintToken is there for tokens from elsewhere";
    problems.push({ path: "password", reason: "the password is a token that the pool keeps fresh", fix });
  }
  const given = Object.entries(options).filter(([key, value]) => value !== undefined && !ownOptions.has(key));
  return {
    keepAlive: true,
    idleTimeoutMillis: 10_000,
    connectionTimeoutMillis: 30_000,
    // A session outlives its token, so an hour would be far too often.
    maxLifetimeSeconds: 12 * 3_600,
    ...Object.fromEntries(given.filter(([key]) => key !== "password")),
    ...poolSizes(options, problems),
  };
}
