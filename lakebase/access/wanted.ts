// From what principals are to have to the single grants that it means in a database as it is now.
import type { GrantPreset } from "../rules/index.ts";
import { type DesiredGrant, type DesiredPrincipal, type Grant, keyOf, presetPrivileges } from "./model.ts";
import type { Relation, Snapshot } from "./snapshot.ts";

/** Something that a grant names and that is not there. */
export interface Missing {
  role: string;
  what: "schema" | "table";
  name: string;
}

/** The grants, each once, and what they name in vain. */
export interface Wanted {
  grants: Map<string, Grant>;
  missing: Missing[];
}

/** Schemas that the principals' grants are about. */
export function schemasOf(principals: readonly DesiredPrincipal[]): string[] {
  return [...new Set(principals.flatMap(grantsOf).map(({ schema }) => schema ?? "public"))];
}

/** Roles that the principals' grants name as makers of future tables. */
export function creatorsOf(principals: readonly DesiredPrincipal[]): string[] {
  return [...new Set(principals.flatMap(grantsOf).flatMap(({ futureTablesOf }) => futureTablesOf ?? []))];
}

/** Works out every single grant. */
export function wantedGrants(principals: readonly DesiredPrincipal[], snapshot: Snapshot): Wanted {
  const wanted: Wanted = { grants: new Map(), missing: [] };
  for (const principal of principals) {
    const { name: role } = principal;
    for (const privilege of principal.databasePrivileges ?? ["CONNECT"])
      add(wanted, [{ role, kind: "database", privilege }]);
    for (const grant of grantsOf(principal)) expand(wanted, role, grant, snapshot);
  }
  return wanted;
}

/** A synced table is read, and nothing else: the service refuses every change of it. */
function grantsOf({ grants = [], syncedTables = [] }: DesiredPrincipal): DesiredGrant[] {
  const synced = syncedTables.map((fullName) => {
    const [, schema = "", table = ""] = fullName.split(".");
    return { schema, tables: [table], preset: "reader" };
  });
  return [...grants, ...synced];
}

function expand(wanted: Wanted, role: string, grant: DesiredGrant, snapshot: Snapshot): void {
  const { schema = "public", tables } = grant;
  if (!snapshot.schemas.has(schema)) {
    wanted.missing.push({ role, what: "schema", name: schema });
    return;
  }
  const privileges = privilegesOf(grant);
  add(
    wanted,
    privileges.schema.map((privilege) => ({ role, kind: "schema", schema, privilege })),
  );
  if (privileges.tables.length === 0) return;
  const relations = snapshot.relations.filter((relation) => relation.schema === schema);
  if (tables === undefined) {
    const own = relations.filter(({ ofExtension }) => !ofExtension);
    add(
      wanted,
      own.flatMap((relation) => onRelation(role, relation, privileges)),
    );
    const creators = grant.futureTablesOf ?? [snapshot.currentUser];
    // What a role makes is its own anyway.
    add(
      wanted,
      creators
        .filter((creator) => creator !== role)
        .flatMap((creator) => onFuture(role, schema, creator, privileges)),
    );
    return;
  }
  for (const name of tables) {
    const table = relations.find((relation) => relation.kind === "table" && relation.name === name);
    if (table === undefined) wanted.missing.push({ role, what: "table", name: `${schema}.${name}` });
    const own = relations.filter((relation) => relation === table || relation.table === name);
    add(
      wanted,
      own.flatMap((relation) => onRelation(role, relation, privileges)),
    );
  }
}

interface Privileges {
  schema: string[];
  tables: string[];
  sequences: string[];
}

function privilegesOf({ preset, privileges = [], tables }: DesiredGrant): Privileges {
  if (preset !== undefined) {
    const found = presetPrivileges[preset as GrantPreset];
    // Owning one table is no reason to make others.
    return tables === undefined ? found : { ...found, schema: ["USAGE"] };
  }
  const onTables = privileges.filter((privilege) => privilege !== "CREATE" && privilege !== "USAGE");
  return {
    schema: privileges.includes("CREATE") ? ["CREATE", "USAGE"] : ["USAGE"],
    tables: onTables,
    // Without it an INSERT into a table with a serial column fails.
    sequences: onTables.includes("INSERT") ? ["USAGE"] : [],
  };
}

/** The service's own role writes synced tables; whatever else is granted there, it refuses changes. */
function isSynced({ owner }: Relation): boolean {
  return owner.startsWith("databricks_writer_");
}

function onRelation(role: string, relation: Relation, { tables, sequences }: Privileges): Grant[] {
  const { kind, schema, name } = relation;
  const privileges = kind === "sequence" ? sequences : tables;
  return privileges
    .filter((privilege) => privilege === "SELECT" || !isSynced(relation))
    .map((privilege) => ({ role, kind, schema, name, privilege }));
}

function onFuture(role: string, schema: string, creator: string, { tables, sequences }: Privileges): Grant[] {
  return [
    ...tables.map((privilege) => ({ role, kind: "future tables" as const, schema, creator, privilege })),
    ...sequences.map((privilege) => ({
      role,
      kind: "future sequences" as const,
      schema,
      creator,
      privilege,
    })),
  ];
}

function add({ grants }: Wanted, more: readonly Grant[]): void {
  for (const grant of more) grants.set(keyOf(grant), grant);
}
