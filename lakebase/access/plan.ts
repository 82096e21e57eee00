// Compares what is wanted with what is there and with what was granted before: what to grant, revoke and leave alone.
import {
  type DesiredPrincipal,
  describeGrant,
  type Grant,
  type GrantGroup,
  groupGrants,
  keyOf,
  ungroupGrants,
} from "./model.ts";
import type { Scope, Snapshot } from "./snapshot.ts";
import { creatorsOf, type Missing, schemasOf, wantedGrants } from "./wanted.ts";

/** What was done so far: the state's list, and the only thing that is ever revoked. */
export interface AccessRecord {
  /** Grants made here. */
  granted: GrantGroup[];
  /** Wanted grants that were there already: somebody else's, never revoked. */
  found: GrantGroup[];
  /** Roles made here. */
  createdRoles: string[];
}

/** The record of something that has not done anything yet. */
export const nothingRecorded: AccessRecord = { granted: [], found: [], createdRoles: [] };

/** What is to be done. */
export interface AccessPlan {
  createRoles: DesiredPrincipal[];
  grant: Grant[];
  revoke: Grant[];
  /** Roles made here that nobody wants any more. */
  dropRoles: string[];
  /** What grants name in vain. */
  missing: Missing[];
  /** What the record says once the plan is carried out. */
  record: AccessRecord;
}

/** What has to be read to make a plan. */
export function scopeOf(principals: readonly DesiredPrincipal[], record: AccessRecord): Scope {
  const groups = [...record.granted, ...record.found];
  const roles = [
    ...principals.map(({ name }) => name),
    ...creatorsOf(principals),
    ...record.createdRoles,
    ...groups.flatMap(({ role, creator }) => (creator === undefined ? [role] : [role, creator])),
  ];
  const schemas = [...schemasOf(principals), ...groups.flatMap(({ schema }) => schema ?? [])];
  return { roles: [...new Set(roles)], schemas: [...new Set(schemas)] };
}

/**
 * Makes the plan.
 *
 * @param shared keys of grants that another resource of the same run wants as well: they are not revoked
 */
export function planAccess(
  principals: readonly DesiredPrincipal[],
  record: AccessRecord,
  snapshot: Snapshot,
  shared: (key: string) => boolean = () => false,
): AccessPlan {
  const { grants: wanted, missing } = wantedGrants(principals, snapshot);
  const owned = ownedGrants(record, snapshot);
  const present = (key: string) => snapshot.grants.has(key);
  const names = new Set(principals.map(({ name }) => name));
  const grant = [...wanted].filter(([key]) => !present(key));
  const revoke = [...owned].filter(
    ([key, found]) => present(key) && !wanted.has(key) && !shared(key) && !isOwnersOwn(found, snapshot),
  );
  const granted = [...wanted].filter(([key]) => owned.has(key) || !present(key));
  const found = [...wanted].filter(([key]) => !owned.has(key) && present(key));
  const values = (entries: [string, Grant][]) => entries.map(([, value]) => value);
  const createRoles = principals.filter(({ name }) => !snapshot.roles.has(name));
  return {
    createRoles,
    grant: values(grant),
    revoke: values(revoke),
    dropRoles: record.createdRoles.filter((name) => !names.has(name) && snapshot.roles.has(name)),
    missing,
    record: {
      granted: groupGrants(values(granted)),
      found: groupGrants(values(found)),
      createdRoles: [
        ...new Set([
          ...record.createdRoles.filter((name) => names.has(name)),
          ...createRoles.map(({ name }) => name),
        ]),
      ].sort(),
    },
  };
}

/** The record's grants, and those that PostgreSQL made since on new tables by default privileges of the record. */
function ownedGrants(record: AccessRecord, snapshot: Snapshot): Map<string, Grant> {
  const owned = new Map(ungroupGrants(record.granted).map((grant) => [keyOf(grant), grant]));
  const found = new Set(ungroupGrants(record.found).map(keyOf));
  const future = new Set([...owned.values()].filter(({ creator }) => creator !== undefined).map(keyOf));
  if (future.size === 0) return owned;
  const owners = new Map(
    snapshot.relations.map(({ kind, schema, name, owner }) => [
      `${kind} ${JSON.stringify([schema, name])}`,
      owner,
    ]),
  );
  for (const [key, grant] of snapshot.grants) {
    const { kind, schema, name, role, privilege } = grant;
    const creator = owners.get(`${kind} ${JSON.stringify([schema, name])}`);
    if (schema === undefined || creator === undefined || found.has(key)) continue;
    const origin = keyOf({
      role,
      kind: kind === "sequence" ? "future sequences" : "future tables",
      schema,
      creator,
      privilege,
    });
    if (future.has(origin)) owned.set(key, grant);
  }
  return owned;
}

/** Whether the role owns the thing by now: revoking would take away the owner's own rights. */
function isOwnersOwn({ kind, role, schema, name, creator }: Grant, snapshot: Snapshot): boolean {
  if (kind === "database") return snapshot.databaseOwner === role;
  if (kind === "schema") return snapshot.schemas.get(schema ?? "") === role;
  if (creator !== undefined) return creator === role;
  return snapshot.relations.some(
    (relation) =>
      relation.kind === kind &&
      relation.schema === schema &&
      relation.name === name &&
      relation.owner === role,
  );
}

/** What differs from what is wanted, one sentence each. */
export function describeDrift(plan: AccessPlan): string[] {
  const gone = new Set(plan.createRoles.map(({ name }) => name));
  const lacking = groupGrants(plan.grant.filter(({ role }) => !gone.has(role)));
  return [
    ...[...gone].map((name) => `${name}: has no role any more`),
    ...lacking.map((group) => `${group.role}: lacks ${describeGroup(group)}`),
    ...groupGrants(plan.revoke).map(
      (group) => `${group.role}: has ${describeGroup(group)}, which is not wanted`,
    ),
    ...plan.missing.map(({ role, what, name }) => `${role}: the ${what} ${name} does not exist`),
  ].sort();
}

/** A group in words, without its role; long lists are cut. */
export function describeGroup(group: GrantGroup): string {
  const { names = [], privileges } = group;
  const privilege = privileges.join(", ");
  const [first, ...more] = names;
  const { role, kind, schema, creator } = group;
  const thing: Grant = {
    role,
    kind,
    privilege,
    ...(schema === undefined ? {} : { schema }),
    ...(creator === undefined ? {} : { creator }),
    ...(first === undefined ? {} : { name: first }),
  };
  const shown = more.slice(0, 4).join(", ");
  const rest = more.length > 4 ? ` and ${more.length - 4} more` : "";
  return `${describeGrant(thing)}${shown === "" ? "" : `, ${shown}${rest}`}`;
}
