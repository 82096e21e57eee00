// A real PostgreSQL server with databricks_auth, and an account of who has what, read apart from the code under test.
import type pg from "pg";
import type { DesiredPrincipal } from "../../../lakebase/access/index.ts";
import type { WorkspaceIdentity } from "../../../local/postgres/index.ts";
import {
  clientConfig,
  OWNER,
  startInstance,
  startTestHost,
  type TestHost,
} from "../../local/postgres/support.ts";

/** The database of the tests. */
export const database = "databricks_postgres";
/** Who deploys: the instance's owner, no superuser. */
export const deployer = OWNER;

/** Names that are trouble where they are not quoted, or quoted wrongly. */
export const hostileNames = [
  'x"; DROP TABLE t1; --',
  "x'; DROP TABLE t1; --",
  "$1",
  "a\\",
  'a""b',
  "PUBLIC all",
  "ALL TABLES IN SCHEMA public",
  "Ünï©ödé 🚀",
  "tab\tnew\nline",
  '"',
  "--",
  "/* */",
];

/** The principals that the tests' workspace knows. */
export const identities: WorkspaceIdentity[] = [
  { name: "ann@example.com", type: "USER" },
  { name: "Bob.O'Neil@example.com", type: "USER" },
  { name: "analysts", type: "GROUP" },
  { name: "11111111-2222-3333-4444-555555555555", type: "SERVICE_PRINCIPAL" },
  ...hostileNames.map((name) => ({ name, type: "GROUP" as const })),
];

/** The server with a connection of the deployer. */
export interface AccessServer extends AsyncDisposable {
  host: TestHost;
  client: pg.Client;
  /** Runs SQL as superuser. */
  admin(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]>;
  /** A connection as somebody else. */
  as(user: string): Promise<pg.Client>;
  /** Everything that the roles have, as sorted lines. */
  grantsOf(roles: readonly string[]): Promise<string[]>;
  /** Back to an instance as it was made. */
  reset(): Promise<void>;
}

/** Starts it. */
export async function startAccessServer(): Promise<AccessServer> {
  const host = await startTestHost({ identities: () => identities });
  await startInstance(host, "access");
  const as = async (user: string): Promise<pg.Client> => {
    const { Client } = (await import("pg")).default;
    const client = new Client(clientConfig(host, "access", { user, database }));
    client.on("error", () => {});
    await client.connect();
    return client;
  };
  const client = await as(deployer);
  const admin = async (sql: string, params?: unknown[]) =>
    (await host.query("access", database, sql, params)).rows;
  return {
    host,
    client,
    admin,
    as,
    async grantsOf(roles) {
      const rows = await admin(account, [roles]);
      return rows.map(({ line }) => String(line));
    },
    async reset() {
      await admin(`DROP EXTENSION IF EXISTS databricks_auth CASCADE;
        DROP SCHEMA IF EXISTS sales CASCADE; DROP SCHEMA public CASCADE;
        CREATE SCHEMA public AUTHORIZATION pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC`);
      const rows = await admin(selectOtherRoles, [deployer]);
      for (const { role } of rows) await admin(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
    },
    async [Symbol.asyncDispose]() {
      await client.end();
      await host[Symbol.asyncDispose]();
    },
  };
}

const selectOtherRoles = `SELECT quote_ident(rolname) AS role FROM pg_roles
  WHERE NOT rolsuper AND rolname !~ '^(pg_|databricks_)' AND rolname <> $1`;

/** An account of its own making, from the lists as PostgreSQL keeps them. */
const account = `
  SELECT DISTINCT format('%s|%s|%s|%s', r.rolname, thing, privilege_type, is_grantable) COLLATE "C" AS line FROM (
    SELECT 'database' AS thing, (aclexplode(datacl)).* FROM pg_database WHERE datname = current_database()
    UNION ALL SELECT 'schema ' || nspname, (aclexplode(nspacl)).* FROM pg_namespace
    UNION ALL SELECT CASE relkind WHEN 'S' THEN 'sequence ' ELSE 'table ' END || relnamespace::regnamespace::text || '/' || relname,
      (aclexplode(relacl)).* FROM pg_class
    UNION ALL SELECT 'future ' || defaclobjtype::text || ' ' || pg_get_userbyid(defaclrole) || ' in ' || defaclnamespace::regnamespace::text,
      (aclexplode(defaclacl)).* FROM pg_default_acl
  ) entries JOIN pg_roles r ON r.oid = entries.grantee
  WHERE r.rolname = ANY ($1::text[]) ORDER BY 1`;

/** A principal of the tests' workspace. */
export function principal(
  name: string,
  more: Omit<DesiredPrincipal, "name" | "type"> = {},
): DesiredPrincipal {
  const type = identities.find((identity) => identity.name === name)?.type ?? "USER";
  return { name, type, ...more };
}
