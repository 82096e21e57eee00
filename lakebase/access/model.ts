// What access is made of: principals with what they are to have, and single grants as PostgreSQL knows them.
import type { GrantPreset } from "../rules/index.ts";

/** What a principal is to have on the tables of one schema. */
export interface DesiredGrant {
  /** Default `public`. */
  schema?: string;
  /** Left out: every table of the schema, future ones included. */
  tables?: string[];
  preset?: string;
  privileges?: string[];
  /** Roles whose future tables are covered. Default: the one that runs the deployment. */
  futureTablesOf?: string[];
}

/** One principal and everything that it is to have in one database. */
export interface DesiredPrincipal {
  name: string;
  type: string;
  /** Default: `CONNECT`. */
  databasePrivileges?: string[];
  grants?: DesiredGrant[];
  /** Synced tables to read, as `catalog.schema.table`. */
  syncedTables?: string[];
  databricksSuperuser?: boolean;
}

/** What a grant is on. The future kinds are PostgreSQL's default privileges. */
export type GrantKind = "database" | "schema" | "table" | "sequence" | "future tables" | "future sequences";

/** One privilege of one role on one thing: what can be granted and revoked by itself. */
export interface Grant {
  role: string;
  kind: GrantKind;
  privilege: string;
  schema?: string;
  /** Of a table or sequence. */
  name?: string;
  /** Of future tables and sequences: the role that will make them. */
  creator?: string;
}

/** Grants that differ only in name and privilege: short to keep, and one statement each. */
export interface GrantGroup {
  role: string;
  kind: GrantKind;
  privileges: string[];
  schema?: string;
  names?: string[];
  creator?: string;
}

/** Privileges that each preset stands for; `schema` is for a grant on the whole schema. */
export const presetPrivileges: Record<
  GrantPreset,
  { schema: string[]; tables: string[]; sequences: string[] }
> = {
  reader: { schema: ["USAGE"], tables: ["SELECT"], sequences: [] },
  writer: {
    schema: ["USAGE"],
    tables: ["SELECT", "INSERT", "UPDATE", "DELETE"],
    sequences: ["SELECT", "USAGE"],
  },
  owner: {
    schema: ["CREATE", "USAGE"],
    tables: ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"],
    sequences: ["SELECT", "UPDATE", "USAGE"],
  },
};

/** Tells two grants apart. */
export function keyOf({ role, kind, privilege, schema, name, creator }: Grant): string {
  return JSON.stringify([role, kind, schema ?? null, creator ?? null, name ?? null, privilege]);
}

/** A grant in words, without its role. */
export function describeGrant({ kind, privilege, schema, name, creator }: Grant): string {
  if (kind === "database") return `${privilege} on the database`;
  if (kind === "schema") return `${privilege} on schema ${schema}`;
  if (kind === "table" || kind === "sequence") return `${privilege} on ${kind} ${schema}.${name}`;
  return `${privilege} on ${kind} of ${creator} in schema ${schema}`;
}

/** Gathers grants into groups, in a fixed order. */
export function groupGrants(grants: readonly Grant[]): GrantGroup[] {
  const privilegesOfThing = collect(grants, (grant) => keyOf({ ...grant, privilege: "" }));
  const things = [...privilegesOfThing.values()].map((same) => ({
    ...(same[0] as Grant),
    privileges: [...new Set(same.map(({ privilege }) => privilege))].sort(),
  }));
  const groups = collect(things, ({ role, kind, schema, creator, privileges }) =>
    JSON.stringify([role, kind, schema ?? null, creator ?? null, privileges]),
  );
  return [...groups].sort(byKey).map(([, members]) => {
    const { role, kind, schema, creator, privileges } = members[0] as (typeof things)[number];
    const names = members.flatMap(({ name }) => (name === undefined ? [] : [name])).sort();
    return {
      role,
      kind,
      privileges,
      ...(schema === undefined ? {} : { schema }),
      ...(creator === undefined ? {} : { creator }),
      ...(names.length === 0 ? {} : { names }),
    };
  });
}

/** The single grants of groups. */
export function ungroupGrants(groups: readonly GrantGroup[]): Grant[] {
  return groups.flatMap(({ names, privileges, ...rest }) =>
    (names ?? [undefined]).flatMap((name) =>
      privileges.map((privilege) => ({ ...rest, privilege, ...(name === undefined ? {} : { name }) })),
    ),
  );
}

function collect<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const found = groups.get(key(item));
    if (found === undefined) groups.set(key(item), [item]);
    else found.push(item);
  }
  return groups;
}

function byKey([left]: [string, unknown], [right]: [string, unknown]): number {
  return left < right ? -1 : 1;
}
