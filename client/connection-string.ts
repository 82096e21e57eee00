// Reads a connection string; left to pg, it would override every other option, TLS included.
import type { Problem } from "../lakebase/rules/problems.ts";
import { type ConnectionSettings, checkSslMode, readPort } from "./settings.ts";

/** What a connection string says: the connection, and further options by pg's names. */
export interface ParsedConnectionString {
  settings: ConnectionSettings;
  driver: Record<string, string>;
}

const path = "connectionString";

/** Undefined also where a percent sign begins no character: the parts could not be decoded. */
function parse(text: string): URL | undefined {
  if (!/^postgres(ql)?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  try {
    decodeURIComponent(text);
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** No problem shows the string itself: people put passwords in it. */
export function parseConnectionString(text: string, problems: Problem[]): ParsedConnectionString {
  const url = parse(text);
  if (url === undefined) {
    const allowed = "postgresql://user@host:port/database?application_name=…";
    problems.push({ path, reason: "not a PostgreSQL address", allowed, fix: "correct it, or leave it out" });
    return { settings: {}, driver: {} };
  }
  const parameters = Object.fromEntries(url.searchParams);
  const take = (name: string): string | undefined => {
    const value = parameters[name];
    delete parameters[name];
    return value === "" ? undefined : value;
  };
  if (url.password !== "" || take("password") !== undefined) {
    const fix = "take the password out: the pool mints a token and keeps it fresh";
    problems.push({ path, reason: "holds a password, but the password is a token that lives an hour", fix });
  }
  checkSslMode(`${path}: sslmode`, take("sslmode"), problems);
  take("uselibpqcompat");
  for (const name of ["ssl", "sslcert", "sslkey"]) {
    const value = take(name);
    if (value === undefined || (name === "ssl" && /^(true|1)$/.test(value))) continue;
    const fix = "use the option ssl: { cert, key }";
    problems.push({ path: `${path}: ${name}`, reason: "not supported in a connection string", fix });
  }
  const decode = (value: string) => decodeURIComponent(value) || undefined;
  const settings: ConnectionSettings = {
    host: decode(url.hostname.replace(/^\[(.*)\]$/, "$1")),
    port: readPort(`${path}: port`, url.port, problems),
    user: decode(url.username),
    database: decode(url.pathname.slice(1)),
    sslRootCert: take("sslrootcert"),
    hostAddress: take("hostaddr"),
    applicationName: take("application_name"),
  };
  return { settings, driver: parameters };
}
