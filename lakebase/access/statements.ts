// SQL of grants: one statement a group, every name quoted, every privilege one of PostgreSQL's own words.
import { databasePrivileges, schemaPrivileges, tablePrivileges } from "../rules/index.ts";
import { quoteIdentifier, quoteQualified, quoteRole, UnsafeName } from "./identifiers.ts";
import { type Grant, type GrantGroup, type GrantKind, groupGrants } from "./model.ts";

/** A statement, and what it is called in an error: its kind, without names. */
export interface Statement {
  sql: string;
  kind: string;
  group: GrantGroup;
}

/** More names than this make a statement that nobody can read in a log. */
const namesAtOnce = 200;

const privilegesOfKind: Record<GrantKind, readonly string[]> = {
  database: databasePrivileges,
  schema: schemaPrivileges,
  table: tablePrivileges,
  sequence: ["SELECT", "UPDATE", "USAGE"],
  "future tables": tablePrivileges,
  "future sequences": ["SELECT", "UPDATE", "USAGE"],
};

/** Statements that make the grants in the named database. */
export function grantStatements(database: string, grants: readonly Grant[]): Statement[] {
  return statements("GRANT", database, grants);
}

/** Statements that take the grants back. */
export function revokeStatements(database: string, grants: readonly Grant[]): Statement[] {
  return statements("REVOKE", database, grants);
}

function statements(verb: "GRANT" | "REVOKE", database: string, grants: readonly Grant[]): Statement[] {
  return groupGrants(grants)
    .flatMap(inChunks)
    .map((group) => {
      const privileges = group.privileges
        .map((privilege) => knownPrivilege(group.kind, privilege))
        .join(", ");
      const role = quoteRole(group.role);
      const whom = verb === "GRANT" ? `TO ${role}` : `FROM ${role}`;
      const { prefix, on, kind } = target(group, database);
      return {
        sql: `${prefix}${verb} ${privileges} ON ${on} ${whom}`,
        kind: `${prefix === "" ? "" : "ALTER DEFAULT PRIVILEGES … "}${verb} ${privileges} ON ${kind}`,
        group,
      };
    });
}

function target(group: GrantGroup, database: string): { prefix: string; on: string; kind: string } {
  const { kind, schema = "", names = [], creator = "" } = group;
  if (kind === "database")
    return { prefix: "", on: `DATABASE ${quoteIdentifier(database)}`, kind: "DATABASE" };
  if (kind === "schema") return { prefix: "", on: `SCHEMA ${quoteIdentifier(schema)}`, kind: "SCHEMA" };
  if (kind === "table" || kind === "sequence") {
    const word = kind.toUpperCase();
    return {
      prefix: "",
      on: `${word} ${names.map((name) => quoteQualified(schema, name)).join(", ")}`,
      kind: word,
    };
  }
  const word = kind === "future tables" ? "TABLES" : "SEQUENCES";
  const prefix = `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteRole(creator)} IN SCHEMA ${quoteIdentifier(schema)} `;
  return { prefix, on: word, kind: word };
}

function inChunks(group: GrantGroup): GrantGroup[] {
  const { names } = group;
  if (names === undefined || names.length <= namesAtOnce) return [group];
  const chunks: GrantGroup[] = [];
  for (let from = 0; from < names.length; from += namesAtOnce)
    chunks.push({ ...group, names: names.slice(from, from + namesAtOnce) });
  return chunks;
}

function knownPrivilege(kind: GrantKind, privilege: string): string {
  if (privilegesOfKind[kind].includes(privilege)) return privilege;
  throw new UnsafeName(`${JSON.stringify(privilege)} is not a privilege on a ${kind}`);
}
