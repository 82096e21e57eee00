// Reads what a database has and who may do what with it, from PostgreSQL's own catalogs.
import type { Client } from "pg";
import { type Grant, type GrantKind, keyOf } from "./model.ts";

/** A table, view or sequence. */
export interface Relation {
  schema: string;
  name: string;
  kind: "table" | "sequence";
  owner: string;
  /** Belongs to an extension, which manages it. */
  ofExtension: boolean;
  /** Of a sequence: the table of the column that it counts for. */
  table?: string;
}

/** What was found. */
export interface Snapshot {
  /** Who asks, and whose grants are made. */
  currentUser: string;
  /** Those of the asked roles that exist. */
  roles: ReadonlySet<string>;
  /** Schemas of the asked ones that exist, with their owners. */
  schemas: ReadonlyMap<string, string>;
  databaseOwner: string;
  relations: readonly Relation[];
  /** Grants to the asked roles, by key. */
  grants: ReadonlyMap<string, Grant>;
}

/** What a snapshot is to cover. */
export interface Scope {
  roles: readonly string[];
  schemas: readonly string[];
}

/** Reads the present state; the connection's search_path must be pg_catalog alone. */
export async function readSnapshot(client: Client, { roles, schemas }: Scope): Promise<Snapshot> {
  const rowsOf = async <Row extends object>(sql: string, ...params: unknown[]): Promise<Row[]> =>
    (await client.query<Row & Record<string, unknown>>(sql, params)).rows;
  const [database] = await rowsOf<{ current: string; owner: string }>(selectDatabase);
  const existing = await rowsOf<{ name: string }>(selectRoles, roles);
  const found = await rowsOf<{ name: string; owner: string }>(selectSchemas, schemas);
  const relations = await rowsOf<RelationRow>(selectRelations, schemas);
  const grants = await rowsOf<GrantRow>(selectGrants, roles, schemas);
  return {
    currentUser: database?.current ?? "",
    databaseOwner: database?.owner ?? "",
    roles: new Set(existing.map(({ name }) => name)),
    schemas: new Map(found.map(({ name, owner }) => [name, owner])),
    relations: relations.map(({ table, ...relation }) =>
      table === null ? relation : { ...relation, table },
    ),
    grants: new Map(grants.map(toGrant).map((grant) => [keyOf(grant), grant])),
  };
}

type RelationRow = Omit<Relation, "table"> & { table: string | null };

interface GrantRow {
  role: string;
  kind: GrantKind;
  privilege: string;
  schema: string | null;
  name: string | null;
  creator: string | null;
}

function toGrant({ role, kind, privilege, schema, name, creator }: GrantRow): Grant {
  return {
    role,
    kind,
    privilege,
    ...(schema === null ? {} : { schema }),
    ...(name === null ? {} : { name }),
    ...(creator === null ? {} : { creator }),
  };
}

const selectDatabase = `SELECT current_user::text AS current, pg_get_userbyid(datdba)::text AS owner
  FROM pg_database WHERE datname = current_database()`;

const selectRoles = "SELECT rolname::text AS name FROM pg_roles WHERE rolname::text = ANY ($1::text[])";

const selectSchemas = `SELECT nspname::text AS name, pg_get_userbyid(nspowner)::text AS owner
  FROM pg_namespace WHERE nspname::text = ANY ($1::text[])`;

/** A sequence of a serial column depends on it ('a'); one of an identity column needs no grant ('i'). */
const selectRelations = `SELECT n.nspname::text AS schema, c.relname::text AS name,
    CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind,
    pg_get_userbyid(c.relowner)::text AS owner,
    EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid
      AND e.deptype = 'e') AS "ofExtension",
    (SELECT t.relname::text FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
      AND d.deptype = 'a' AND c.relkind = 'S' LIMIT 1) AS table
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname::text = ANY ($1::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  ORDER BY 1, 2`;

// A list that was never touched is null and stands for PostgreSQL's default: everything for the owner.
const selectGrants = `WITH lists AS (
    SELECT 'database' AS kind, NULL::text AS schema, NULL::text AS name, NULL::text AS creator,
      coalesce(datacl, acldefault('d', datdba)) AS list
    FROM pg_database WHERE datname = current_database()
    UNION ALL
    SELECT 'schema', nspname::text, NULL, NULL, coalesce(nspacl, acldefault('n', nspowner))
    FROM pg_namespace WHERE nspname::text = ANY ($2::text[])
    UNION ALL
    SELECT CASE relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, nspname::text, relname::text, NULL,
      coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE nspname::text = ANY ($2::text[]) AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT CASE defaclobjtype WHEN 'S' THEN 'future sequences' ELSE 'future tables' END, nspname::text, NULL,
      pg_get_userbyid(defaclrole)::text, defaclacl
    FROM pg_default_acl JOIN pg_namespace n ON n.oid = defaclnamespace
    WHERE nspname::text = ANY ($2::text[]) AND defaclobjtype IN ('r', 'S')
  )
  SELECT DISTINCT r.rolname::text AS role, l.kind, l.schema, l.name, l.creator, a.privilege_type AS privilege
  FROM lists l CROSS JOIN LATERAL aclexplode(l.list) a JOIN pg_roles r ON r.oid = a.grantee
  WHERE r.rolname::text = ANY ($1::text[])`;
