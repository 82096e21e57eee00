// Every diagnosis: its reason, its fix and whether trying again helps.
import { expect, test } from "vitest";
import { diagnoseIdentity } from "../../../lakebase/connection/diagnose-database.ts";
import {
  diagnoseAuthenticate,
  diagnoseCredential,
  diagnoseStateError,
  diagnoseStillWaiting,
  judgeState,
} from "../../../lakebase/connection/diagnose-workspace.ts";
import {
  ConnectionProblem,
  diagnoseConnect,
  diagnoseDatabase,
  diagnoseResolve,
  diagnoseTls,
  ResolutionError,
} from "../../../lakebase/connection/index.ts";
import { type DatabaseInstance, WorkspaceError } from "../../../lakebase/workspace/index.ts";

const host = "instance-1.database.cloud.databricks.com";
const failure = (code: string, message = code) => Object.assign(new Error(message), { code });
const context = { instance: "orders", database: "app", identity: "o'neil@example.com" };

test.each([
  [
    "28P01",
    "password authentication failed for user",
    /password authentication failed/,
    /databricks_create_role\('o''neil@example\.com', 'USER'\).*an app is to be bound.*expired/,
    "never",
  ],
  ["28000", 'role "x" does not exist', /no role for the caller/, /databricks_create_role/, "never"],
  [
    "28000",
    'role "x" is not permitted to log in',
    /not permitted to log in/,
    /ALTER ROLE "o'neil@example.com" LOGIN/,
    "never",
  ],
  ["28000", "no TLS", /refuses the login: no TLS/, /over TLS/, "never"],
  [
    "3D000",
    "x",
    /database "app" does not exist/,
    /databricks_postgres.*CREATE DATABASE "app".*LakebaseCatalog/,
    "never",
  ],
  [
    "42501",
    "permission denied for database",
    /permission denied/,
    /GRANT CONNECT ON DATABASE "app" TO "o'neil@example.com"/,
    "never",
  ],
  ["53300", "sorry, too many clients", /too many connections/, /1,000/, "briefly"],
  ["57P01", "terminating connection", /ended the connection/, /restarts or fails over/, "briefly"],
  [
    "57P03",
    "the database system is starting up",
    /does not accept connections/,
    /starting or stopped/,
    "until-deadline",
  ],
  ["57014", "canceling statement", /cancelled/, /statement_timeout/, "never"],
  ["ETIMEDOUT", "x", /does not answer/, /load/, "never"],
  ["ECONNRESET", "read ECONNRESET", /closed the connection/, /restarts or stops/, "briefly"],
  ["XX000", "internal error", /internal error/, /SQLSTATE/, "never"],
])("the database answers %s %s", (code, message, reason, fix, retry) => {
  const diagnosis = diagnoseDatabase(failure(code, message), context);
  expect(diagnosis).toMatchObject({ code, retry });
  expect(diagnosis.reason).toMatch(reason);
  expect(diagnosis.fix).toMatch(fix);
});

test("the role to create is a service principal's for an application id", () => {
  const identity = "ccbb71df-0372-4321-bdb6-36954ce8c650";
  const { fix } = diagnoseDatabase(failure("28P01"), { ...context, identity });
  expect(fix).toContain(`databricks_create_role('${identity}', 'SERVICE_PRINCIPAL')`);
});

test("a missing database is answered with those that exist; a lost connection without a code has one", () => {
  const databases = ["databricks_postgres", "postgres"];
  expect(diagnoseDatabase(failure("3D000"), { ...context, databases }).reason).toBe(
    'database "app" does not exist on the instance, which has "databricks_postgres", "postgres"',
  );
  expect(diagnoseDatabase(new Error("Connection terminated unexpectedly"), context).code).toBe(
    "CONNECTION_LOST",
  );
});

test.each([
  [
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "x",
    undefined,
    /not signed by the certificate authorities that Node trusts/,
    /PGSSLROOTCERT.*cannot be switched off/,
  ],
  [
    "SELF_SIGNED_CERT_IN_CHAIN",
    "x",
    "/etc/own.pem",
    /not signed by the authorities in \/etc\/own\.pem/,
    /sslRootCert/,
  ],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "x", "system", /operating system's/, /sslRootCert/],
  [
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "cert is for: DNS:other",
    undefined,
    /another name than instance-1.*DNS:other/,
    /another server answers/,
  ],
  ["CERT_HAS_EXPIRED", "x", undefined, /has expired/, /date/],
  ["CERT_NOT_YET_VALID", "x", undefined, /not valid yet/, /date/],
  ["ENOENT", "x", "/no.pem", /file \/no\.pem cannot be read \(ENOENT\)/, /leave it out/],
  ["EISDIR", "x", "/etc", /file \/etc cannot be read \(EISDIR\)/, /correct sslRootCert/],
  ["NO_CERTIFICATE", "x", "/etc/hosts", /\/etc\/hosts holds no PEM certificate/, /correct sslRootCert/],
  ["ETIMEDOUT", "x", undefined, /does not answer the TLS handshake/, /proxy/],
  ["EPROTO", "wrong version number", undefined, /handshake failed: wrong version/, /proxy/],
])("TLS fails with %s (%s, trust %s)", (code, message, trust, reason, fix) => {
  const diagnosis = diagnoseTls(failure(code, message), host, trust);
  expect(diagnosis.reason).toMatch(reason);
  expect(diagnosis.fix).toMatch(fix);
  expect(diagnosis.retry).toBe(code === "EPROTO" ? "briefly" : "never");
});

test("a server that refuses TLS has a code of its own", () => {
  const refused = new Error("The server does not support SSL connections");
  expect(diagnoseTls(refused, host, undefined)).toMatchObject({ code: "TLS_REFUSED", retry: "never" });
});

test.each([
  ["ECONNREFUSED", host, 5432, /refused on port 5432/, /firewall or private link/, "briefly"],
  ["ECONNREFUSED", host, 5433, /refused on port 5433/, /listens on 5432, not on 5433/, "briefly"],
  ["ECONNREFUSED", "a.database.localhost", 54320, /refused/, /npm run local.*PGPORT/, "briefly"],
  ["ETIMEDOUT", host, 5432, /no reply on port 5432/, /firewall, VPN.*private link/, "never"],
  ["EHOSTUNREACH", host, 5432, /no route/, /firewall/, "never"],
  ["ECONNRESET", host, 5432, /could not be made: ECONNRESET/, /network/, "briefly"],
])("connecting fails with %s at %s port %i", (code, at, port, reason, fix, retry) => {
  const diagnosis = diagnoseConnect(failure(code), at, port);
  expect(diagnosis).toMatchObject({ code, retry });
  expect(diagnosis.reason).toMatch(reason);
  expect(diagnosis.fix).toMatch(fix);
});

test("a name that nobody knows says who was asked and how to give the address", () => {
  const error = new ResolutionError(host, [
    { asked: "system", code: "ENOTFOUND" },
    { asked: "1.1.1.1", code: "ETIMEOUT" },
  ]);
  const diagnosis = diagnoseResolve(error, host);
  expect(diagnosis).toMatchObject({ code: "ENOTFOUND", retry: "briefly" });
  expect(diagnosis.reason).toContain("system: ENOTFOUND, 1.1.1.1: ETIMEOUT");
  expect(diagnosis.fix).toContain(`dig ${host}`);
  const wrong = new ResolutionError("db", [{ asked: "given address", code: "EINVAL" }]);
  expect(diagnoseResolve(wrong, host)).toMatchObject({ code: "EINVAL", retry: "never" });
});

const instance: DatabaseInstance = {
  name: "orders",
  uid: "u",
  state: "AVAILABLE",
  readWriteDns: host,
  childNames: [],
};
const without = (key: "readWriteDns", fields: Partial<DatabaseInstance> = {}): DatabaseInstance => {
  const { [key]: _gone, ...rest } = instance;
  return { ...rest, ...fields };
};

test.each<[string, DatabaseInstance, unknown]>([
  ["available", instance, "available"],
  ["available without a name yet", without("readWriteDns"), "waiting"],
  ["starting", { ...instance, state: "STARTING" }, "waiting"],
  ["updating", { ...instance, state: "UPDATING" }, "waiting"],
  ["in a state never seen", { ...instance, state: "REFURBISHING" }, "waiting"],
  ["without a state", { ...instance, state: "" }, "waiting"],
  ["stopped", { ...instance, state: "STOPPED", stopped: true }, "stopped"],
  ["stopped, not saying more", { ...instance, state: "STOPPED" }, "stopped"],
  ["stopped but asked to run", { ...instance, state: "STOPPED", stopped: false }, "waiting"],
  ["being deleted", { ...instance, state: "DELETING" }, { code: "DELETING", retry: "never" }],
])("an instance that is %s", (_what, given, expected) => {
  const verdict = judgeState(given, "read-write");
  if (typeof expected === "string") expect(verdict).toBe(expected);
  else expect(verdict).toMatchObject(expected as object);
});

test("the read-only endpoint needs readable secondaries", () => {
  expect(judgeState(instance, "read-only")).toMatchObject({ code: "NO_READ_ONLY_ENDPOINT" });
  expect(judgeState({ ...instance, readableSecondaries: true }, "read-only")).toBe("waiting");
  expect(judgeState({ ...instance, readOnlyDns: "ro" }, "read-only")).toBe("available");
});

const workspaceError = (status: number | undefined, errorCode: string) =>
  new WorkspaceError({
    status,
    errorCode,
    reason: `${status} ${errorCode}`,
    host: "https://w",
    fix: "general advice",
  });

test.each([
  [404, "NOT_FOUND", /https:\/\/w has no database instance "orders"/, /deploy the instance/, "never"],
  [403, "PERMISSION_DENIED", /403/, /CAN_USE.*"orders"/, "never"],
  [500, "INTERNAL_ERROR", /500/, /general advice/, "briefly"],
  [undefined, "UNREACHABLE", /UNREACHABLE/, /general advice/, "briefly"],
  [undefined, "CONFIGURATION", /CONFIGURATION/, /general advice/, "never"],
])("reading the state fails with %s %s", (status, code, reason, fix, retry) => {
  const diagnosis = diagnoseStateError(workspaceError(status, code), "orders", "https://w");
  expect(diagnosis).toMatchObject({ code, retry });
  expect(diagnosis.reason).toMatch(reason);
  expect(diagnosis.reason).not.toContain("general advice");
  expect(diagnosis.fix).toMatch(fix);
});

test.each([
  [401, /expired, was revoked/, "never"],
  [403, /CAN_USE.*not Postgres grants/, "never"],
  [404, /deleted or renamed/, "never"],
  [503, /general advice/, "briefly"],
  [undefined, /general advice/, "briefly"],
])("minting a credential fails with %s", (status, fix, retry) => {
  const code = status === undefined ? "TIMEOUT" : "X";
  const diagnosis = diagnoseCredential(workspaceError(status, code), "orders");
  expect(diagnosis.fix).toMatch(fix);
  expect(diagnosis.retry).toBe(retry);
});

test("authentication is never tried again; what is no workspace error keeps its message", () => {
  expect(diagnoseAuthenticate(workspaceError(undefined, "UNREACHABLE")).retry).toBe("never");
  expect(diagnoseAuthenticate(new Error("odd"))).toMatchObject({ code: "UNKNOWN", reason: "odd" });
  expect(diagnoseStateError("text", "orders", "w")).toMatchObject({ code: "UNKNOWN", reason: "text" });
  expect(diagnoseCredential(new Error("odd"), "orders")).toMatchObject({ code: "UNKNOWN", reason: "odd" });
});

test("a wait in vain names the state, or that the name is missing", () => {
  expect(diagnoseStillWaiting({ ...instance, state: "STARTING" }, 600_400)).toMatchObject({
    code: "NOT_AVAILABLE",
    reason: "the instance is still in state STARTING after 600 s",
  });
  expect(diagnoseStillWaiting({ ...instance, state: "" }, 0).reason).toContain("state (none)");
  expect(diagnoseStillWaiting(without("readWriteDns"), 1_000)).toMatchObject({ code: "NO_ENDPOINT" });
});

test("another identity than the caller's", () => {
  expect(diagnoseIdentity("ann", "bob", "bob").reason).toBe("logged in as bob instead of ann");
  expect(diagnoseIdentity("ann", "bob", "ann").reason).toBe("logged in as ann, acting as bob instead of ann");
});

test("a problem is one paragraph with stage, target, reason and fix, and without tokens", () => {
  const jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2ln";
  const target = {
    instance: "orders",
    host,
    address: "10.0.0.1",
    port: 5432,
    database: "app",
    identity: "ann",
  };
  const diagnosis = {
    code: "28P01",
    reason: `refused ${jwt}`,
    fix: "create the role",
    retry: "never" as const,
  };
  const problem = new ConnectionProblem("login", target, diagnosis);
  expect(problem.message).toBe(
    `Lakebase instance "orders", stage login: refused [secret] (${host} [10.0.0.1]:5432, database "app", as ann); to fix: create the role`,
  );
  expect(problem).toMatchObject({
    stage: "login",
    host,
    address: "10.0.0.1",
    identity: "ann",
    code: "28P01",
  });
  expect(new ConnectionProblem("state", { instance: "orders" }, diagnosis).message).toBe(
    'Lakebase instance "orders", stage state: refused [secret]; to fix: create the role',
  );
});
