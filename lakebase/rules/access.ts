// Rules of access: principals, their workspace permission, and their grants; every mistake with its path.
import { checkDatabaseName, checkInstanceName, checkText, maximumIdentifierBytes } from "./names.ts";
import type { Problem } from "./problems.ts";

/** Kinds of principals that a workspace has. */
export const principalTypes = ["USER", "GROUP", "SERVICE_PRINCIPAL"] as const;
/** Levels of the workspace's permission on an instance; NONE leaves the workspace's list alone. */
export const workspacePermissions = ["CAN_USE", "CAN_MANAGE", "NONE"] as const;
/** Named sets of privileges. */
export const grantPresets = ["reader", "writer", "owner"] as const;
/** One of {@link grantPresets}. */
export type GrantPreset = (typeof grantPresets)[number];
/** Privileges on a schema itself. */
export const schemaPrivileges = ["CREATE", "USAGE"] as const;
/** Privileges on tables. */
export const tablePrivileges = [
  "SELECT",
  "INSERT",
  "UPDATE",
  "DELETE",
  "TRUNCATE",
  "REFERENCES",
  "TRIGGER",
] as const;
/** Privileges on the database. */
export const databasePrivileges = ["CONNECT", "CREATE", "TEMPORARY"] as const;

/** The arguments of access as far as they are known. */
export interface AccessSpecification {
  instanceName?: unknown;
  databaseName?: unknown;
  principals?: unknown;
}

type Fields = Record<string, unknown>;

const principalMembers = [
  "name",
  "type",
  "workspacePermission",
  "databricksSuperuser",
  "databasePrivileges",
  "grants",
  "syncedTables",
];
const grantMembers = ["schema", "tables", "preset", "privileges", "futureTablesOf"];

/** Every problem of the arguments of access. */
export function checkAccess({ instanceName, databaseName, principals }: AccessSpecification): Problem[] {
  return [
    ...(instanceName === undefined ? [] : checkInstanceName("instanceName", instanceName)),
    ...(databaseName === undefined ? [] : checkDatabaseName("databaseName", databaseName)),
    ...(principals === undefined ? [] : checkPrincipals("principals", principals)),
  ];
}

/** Rule for a list of principals. */
export function checkPrincipals(path: string, value: unknown): Problem[] {
  return checkList(path, value, "principals", (item, at) => checkPrincipal(at, item)).concat(
    checkDifferent(path, value),
  );
}

function checkPrincipal(path: string, value: unknown): Problem[] {
  if (!isFields(value)) return [notAnObject(path, value, '{ name: "ann@example.com", type: "USER" }')];
  const { name, type, workspacePermission, databricksSuperuser, databasePrivileges: onDatabase } = value;
  const problems = [
    ...checkMembers(path, value, principalMembers),
    ...checkWord(`${path}.type`, type, principalTypes),
    ...checkPrincipalName(`${path}.name`, name, type),
    ...optional(workspacePermission, (given) =>
      checkWord(`${path}.workspacePermission`, given, workspacePermissions),
    ),
    ...optional(onDatabase, (given) => checkWords(`${path}.databasePrivileges`, given, databasePrivileges)),
    ...optional(value.grants, (given) =>
      checkList(`${path}.grants`, given, "grants", (item, at) => checkGrant(at, item)),
    ),
    ...optional(value.syncedTables, (given) =>
      checkList(`${path}.syncedTables`, given, "synced tables", (item, at) => checkSyncedTableName(at, item)),
    ),
  ];
  if (databricksSuperuser !== undefined && typeof databricksSuperuser !== "boolean")
    problems.push({
      path: `${path}.databricksSuperuser`,
      reason: "is neither true nor false",
      value: databricksSuperuser,
      allowed: "true, false",
      fix: "write it without quotes",
    });
  return problems;
}

/** Rule for the name of a principal, which is also that of its PostgreSQL role. */
export function checkPrincipalName(path: string, value: unknown, type: unknown): Problem[] {
  const broken = checkRoleName(path, value);
  if (broken.length > 0 || typeof value !== "string") return broken;
  if (type === "USER" && !/^[^@\s]+@[^@\s]+$/.test(value))
    return [
      {
        path,
        reason: "is not a user name",
        value,
        allowed: "the e-mail address that the user logs in to the workspace with",
        fix: 'use the address, or type "GROUP" or "SERVICE_PRINCIPAL" if it is one',
      },
    ];
  if (type === "SERVICE_PRINCIPAL" && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value))
    return [
      {
        path,
        reason: "is not an application id",
        value,
        allowed: "a UUID such as 11111111-2222-3333-4444-555555555555",
        fix: "use the service principal's applicationId, not its display name",
      },
    ];
  return [];
}

/** Rule for names of roles: PostgreSQL's limits, and none that means everybody or belongs to the service. */
function checkRoleName(path: string, value: unknown): Problem[] {
  const problems = checkIdentifier(path, value, "a principal's name", "ann@example.com");
  if (problems.length > 0 || typeof value !== "string") return problems;
  const reserved = /^(public|none)$/i.test(value) || /^(pg_|databricks_)/i.test(value);
  if (!reserved) return [];
  return [
    {
      path,
      reason: "is reserved: it names everybody, nobody, or a role of the service",
      value,
      allowed: 'any name but "public", "none", "pg_…" and "databricks_…"',
      fix: "name the user, group or service principal; for databricks_superuser set databricksSuperuser",
    },
  ];
}

function checkGrant(path: string, value: unknown): Problem[] {
  if (!isFields(value)) return [notAnObject(path, value, '{ schema: "public", preset: "reader" }')];
  const { schema, tables, preset, privileges, futureTablesOf } = value;
  const problems = [
    ...checkMembers(path, value, grantMembers),
    ...optional(schema, (given) => checkSchema(`${path}.schema`, given)),
    ...optional(preset, (given) => checkWord(`${path}.preset`, given, grantPresets)),
    ...optional(privileges, (given) =>
      checkWords(`${path}.privileges`, given, [...tablePrivileges, ...schemaPrivileges], true),
    ),
    ...optional(tables, (given) => checkTables(`${path}.tables`, given)),
    ...optional(futureTablesOf, (given) =>
      checkList(`${path}.futureTablesOf`, given, "roles", (item, at) => checkRoleName(at, item)),
    ),
  ];
  if ((preset === undefined) === (privileges === undefined))
    problems.push({
      path,
      reason: preset === undefined ? "grants nothing" : "has both a preset and privileges",
      value,
      allowed: "one of preset and privileges",
      fix: preset === undefined ? 'add preset: "reader"' : "remove one of them",
    });
  if (tables !== undefined && futureTablesOf !== undefined)
    problems.push({
      path: `${path}.futureTablesOf`,
      reason: "has no meaning beside tables: a future table has no name yet",
      value: futureTablesOf,
      allowed: "futureTablesOf without tables",
      fix: "remove one of them",
    });
  return problems;
}

function checkSchema(path: string, value: unknown): Problem[] {
  const problems = checkIdentifier(path, value, "a schema's name", "public");
  if (problems.length > 0 || typeof value !== "string") return problems;
  if (!/^pg_|^information_schema$/.test(value)) return [];
  const fix = "name a schema of your own";
  return [{ path, reason: "is one of PostgreSQL's own schemas", value, allowed: "any other schema", fix }];
}

function checkTables(path: string, value: unknown): Problem[] {
  if (Array.isArray(value) && value.length === 0)
    return [
      {
        path,
        reason: "is empty",
        value,
        allowed: "names of tables",
        fix: "name at least one table, or leave tables out for all of the schema",
      },
    ];
  return checkList(path, value, "tables", (item, at) =>
    checkIdentifier(at, item, "a table's name", "orders"),
  );
}

/** Rule for a synced table's full name. Source: the service takes letters, digits and underscores only. */
function checkSyncedTableName(path: string, value: unknown): Problem[] {
  const allowed = "catalog.schema.table";
  const text = checkText(path, value, "a synced table's name", allowed, "operational.public.orders");
  if (typeof text !== "string") return text;
  const parts = text.split(".");
  const isName = parts.length === 3 && parts.every((part) => /^[^\s./`"]+$/u.test(part));
  if (!isName)
    return [
      {
        path,
        reason: "is not the full name of a synced table",
        value,
        allowed,
        fix: "use the name as the synced table's resource shows it",
      },
    ];
  return parts.slice(1).flatMap((part) => checkIdentifier(path, part, "a synced table's name", "orders"));
}

function checkIdentifier(path: string, value: unknown, what: string, example: string): Problem[] {
  const allowed = `1 to ${maximumIdentifierBytes} bytes, without NUL`;
  const text = checkText(path, value, what, allowed, example);
  if (typeof text !== "string") return text;
  if (text.includes("\0"))
    return [{ path, reason: "contains a NUL character", value, allowed, fix: "remove it" }];
  if (!text.isWellFormed())
    return [{ path, reason: "contains half of a character", value, allowed, fix: "write it in Unicode" }];
  const bytes = Buffer.byteLength(text, "utf8");
  if (bytes <= maximumIdentifierBytes) return [];
  const reason = `is ${bytes} bytes long, and PostgreSQL would cut it silently`;
  return [{ path, reason, value, allowed, fix: "use a shorter name, for example that of a group" }];
}

/** Two principals of one name, or of names that the workspace takes for one, would fight over their grants. */
function checkDifferent(path: string, value: unknown): Problem[] {
  if (!Array.isArray(value)) return [];
  const seen = new Map<string, number>();
  return value.flatMap((item, index): Problem[] => {
    const name = isFields(item) && typeof item.name === "string" ? item.name : undefined;
    if (name === undefined) return [];
    const first = seen.get(name.toLowerCase());
    if (first === undefined) {
      seen.set(name.toLowerCase(), index);
      return [];
    }
    return [
      {
        path: `${path}[${index}].name`,
        reason: `is listed already, as ${path}[${first}]`,
        value: name,
        allowed: "each principal once",
        fix: "put all of its grants into one entry",
      },
    ];
  });
}

function checkList(
  path: string,
  value: unknown,
  what: string,
  check: (item: unknown, at: string) => Problem[],
): Problem[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => check(item, `${path}[${index}]`));
  return [{ path, reason: "is not a list", value, allowed: `a list of ${what}`, fix: "write it in [ ]" }];
}

function checkWords(path: string, value: unknown, words: readonly string[], needsOne = false): Problem[] {
  if (needsOne && Array.isArray(value) && value.length === 0)
    return [{ path, reason: "is empty", value, allowed: words.join(", "), fix: "name at least one" }];
  return checkList(path, value, "privileges", (item, at) => checkWord(at, item, words));
}

function checkWord(path: string, value: unknown, words: readonly string[]): Problem[] {
  if (typeof value === "string" && words.includes(value)) return [];
  const near = words.find(
    (word) => typeof value === "string" && word.toLowerCase() === value.trim().toLowerCase(),
  );
  const reason = value === undefined ? "is missing" : `is not one of the ${words.length} possible values`;
  const fix = near === undefined ? "choose one of them" : `use "${near}"`;
  return [{ path, reason, value, allowed: words.join(", "), fix }];
}

/** A misspelt member would silently grant something else than was meant. */
function checkMembers(path: string, value: Fields, known: readonly string[]): Problem[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key) && value[key] !== undefined)
    .map((key) => ({
      path: `${path}.${key}`,
      reason: "is not known",
      value: value[key],
      allowed: known.join(", "),
      fix: "correct the spelling, or remove it",
    }));
}

function optional(value: unknown, check: (given: unknown) => Problem[]): Problem[] {
  return value === undefined ? [] : check(value);
}

function notAnObject(path: string, value: unknown, example: string): Problem {
  return { path, reason: "is not an object", value, allowed: example, fix: `write it as ${example}` };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
