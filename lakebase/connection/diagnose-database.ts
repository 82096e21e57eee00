// Diagnoses of the stages that the database answers: login and probe, by SQLSTATE. Pure.
import type { Diagnosis } from "./problem.ts";

/** What the diagnosis of a database's answer goes by. */
export interface DatabaseContext {
  instance: string;
  database: string;
  identity: string;
  /** Databases that exist, when they could be listed. */
  databases?: readonly string[] | undefined;
}

/** Service principals are known in Postgres by their application id, people by their e-mail address. */
const kindOf = (identity: string) =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(identity) ? "SERVICE_PRINCIPAL" : "USER";

const roleFix = ({ identity, database }: DatabaseContext) =>
  `let the instance's owner run in database "${database}": CREATE EXTENSION IF NOT EXISTS databricks_auth; SELECT databricks_create_role('${identity.replaceAll("'", "''")}', '${kindOf(identity)}'); an app is to be bound to the database instead`;

type Rule = (context: DatabaseContext, message: string) => Omit<Diagnosis, "code">;

const quote = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`;

const missingDatabase: Rule = ({ database, databases }) => ({
  reason: `database "${database}" does not exist on the instance${
    databases === undefined ? "" : `, which has ${databases.map((name) => `"${name}"`).join(", ")}`
  }`,
  fix: `use one that exists (databricks_postgres always does), or create it: CREATE DATABASE ${quote(database)}, or a LakebaseCatalog with createDatabaseIfNotExists`,
  retry: "never",
});

const invalidAuthorization: Rule = (context, message) => {
  if (/role .* does not exist/i.test(message)) {
    return {
      reason: `Postgres has no role for the caller: ${message}`,
      fix: roleFix(context),
      retry: "never",
    };
  }
  if (/not permitted to log in/i.test(message)) {
    const fix = `let the instance's owner run: ALTER ROLE ${quote(context.identity)} LOGIN`;
    return { reason: message, fix, retry: "never" };
  }
  return {
    reason: `the server refuses the login: ${message}`,
    fix: "log in over TLS as the workspace's current user; check that nothing between here and the server takes TLS off",
    retry: "never",
  };
};

const rules: Record<string, Rule> = {
  "28P01": (context, message) => ({
    reason: message,
    fix: `one of: the role is missing in Postgres or the app is not bound to the database (${roleFix(context)}); the token is for another instance than "${context.instance}" or expired (mint a fresh one for it); the address belongs to another instance`,
    retry: "never",
  }),
  "28000": invalidAuthorization,
  "3D000": missingDatabase,
  "42501": ({ database, identity }, message) => ({
    reason: message,
    fix: `let the owner run: GRANT CONNECT ON DATABASE ${quote(database)} TO ${quote(identity)}, and USAGE on the schema and SELECT on the tables it reads`,
    retry: "never",
  }),
  "53300": (_context, message) => ({
    reason: `too many connections: ${message}`,
    fix: "close idle connections or make the apps' pools smaller: an instance takes 1,000 connections",
    retry: "briefly",
  }),
  "57P01": (_context, message) => ({
    reason: `the server ended the connection: ${message}`,
    fix: "the instance restarts or fails over: try again in a minute",
    retry: "briefly",
  }),
  "57P03": (_context, message) => ({
    reason: `the server does not accept connections: ${message}`,
    fix: "the instance is starting or stopped: start it (stopped: false) and try again when it is AVAILABLE",
    retry: "until-deadline",
  }),
  "57014": (_context, message) => ({
    reason: `the query was cancelled: ${message}`,
    fix: "try again; raise statement_timeout if it is set on the role or the database",
    retry: "never",
  }),
};

/** The database refused the login or the first query, or broke the connection. */
export function diagnoseDatabase(error: unknown, context: DatabaseContext): Diagnosis {
  const found = (error as { code?: unknown } | null)?.code;
  const code = typeof found === "string" ? found : "UNKNOWN";
  const message = error instanceof Error ? error.message : String(error);
  const rule = rules[code];
  if (rule) return { code, ...rule(context, message) };
  if (code === "ETIMEDOUT") {
    return {
      code,
      reason: "the server does not answer",
      fix: "try again; look at the instance's load",
      retry: "never",
    };
  }
  const isBroken = code === "ECONNRESET" || code === "EPIPE" || /terminated unexpectedly/i.test(message);
  return isBroken
    ? {
        code: code === "UNKNOWN" ? "CONNECTION_LOST" : code,
        reason: `the server closed the connection: ${message}`,
        fix: "the instance restarts or stops: look at its state and try again",
        retry: "briefly",
      }
    : {
        code,
        reason: message,
        fix: "look up the SQLSTATE in PostgreSQL's appendix of error codes",
        retry: "never",
      };
}

/** The login worked, but as somebody else than the workspace's current user. */
export function diagnoseIdentity(expected: string, currentUser: string, sessionUser: string): Diagnosis {
  const actual = currentUser === sessionUser ? currentUser : `${sessionUser}, acting as ${currentUser}`;
  return {
    code: "IDENTITY",
    reason: `logged in as ${actual} instead of ${expected}`,
    fix: `remove what switches the role (ALTER ROLE ${quote(expected)} SET role, a pooler in between)`,
    retry: "never",
  };
}
