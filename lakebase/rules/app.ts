// Rules of an app that is bound to a database: its name, the binding, what else it is bound to, its grants.
import { checkPrincipals } from "./access.ts";
import { checkDatabaseName, checkInstanceName, checkText } from "./names.ts";
import { type Problem, showValue } from "./problems.ts";

/** The only permission on a database that an app can have. */
export const appDatabasePermission = "CAN_CONNECT_AND_CREATE";
/** Key of the binding where none is given: also what the workspace's own pages propose. */
export const defaultAppResourceKey = "database";

/** Kinds of resources that an app can be bound to. */
export const appResourceKinds = [
  "app",
  "database",
  "experiment",
  "genieSpace",
  "job",
  "postgres",
  "secret",
  "servingEndpoint",
  "sqlWarehouse",
  "ucSecurable",
] as const;

/** The arguments of an app as far as they are known. */
export interface AppSpecification {
  name?: unknown;
  instanceName?: unknown;
  databaseName?: unknown;
  resourceKey?: unknown;
  otherResources?: unknown;
  grants?: unknown;
  syncedTables?: unknown;
}

type Fields = Record<string, unknown>;

/** Every problem of an app's arguments. */
export function checkApp(specification: AppSpecification): Problem[] {
  const { name, instanceName, databaseName, resourceKey, otherResources } = specification;
  return [
    ...(name === undefined ? [] : checkAppName("name", name)),
    ...(instanceName === undefined ? [] : checkInstanceName("instanceName", instanceName)),
    ...(databaseName === undefined ? [] : checkDatabaseName("databaseName", databaseName)),
    ...(resourceKey === undefined ? [] : checkResourceKey("resourceKey", resourceKey)),
    ...(otherResources === undefined ? [] : checkResources(specification)),
    ...checkGrants(specification),
  ];
}

/**
 * Rule for names of apps: 2 to 30 lowercase letters, digits and hyphens. Source: the service's documentation and its
 * own messages; the name becomes a part of the app's host name.
 */
export function checkAppName(path: string, value: unknown): Problem[] {
  const allowed = "2 to 30 lowercase letters, digits and hyphens, a letter or digit at both ends";
  const text = checkText(path, value, "an app's name", allowed, "order-desk");
  if (typeof text !== "string") return text;
  if (/^[a-z0-9][a-z0-9-]{0,28}[a-z0-9]$/.test(text)) return [];
  if (text.length > 30 || text.length < 2) {
    const fix = text.length > 30 ? "shorten the name" : "give a longer name";
    return [{ path, reason: `is ${text.length} characters long`, value, allowed, fix }];
  }
  const suggestion = text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  const fix = suggestion.length < 2 ? "choose another name" : `use ${JSON.stringify(suggestion)}`;
  return [{ path, reason: "has characters that an app's name cannot have", value, allowed, fix }];
}

function checkResourceKey(path: string, value: unknown): Problem[] {
  const allowed = "a text without spaces";
  const text = checkText(path, value, "a resource key", allowed, defaultAppResourceKey);
  if (typeof text !== "string") return text;
  if (!/\s/.test(text)) return [];
  const fix = `use ${JSON.stringify(text.trim().replace(/\s+/g, "-") || defaultAppResourceKey)}`;
  return [{ path, reason: "has spaces", value, allowed, fix }];
}

function checkResources(specification: AppSpecification): Problem[] {
  const { otherResources: value, resourceKey = defaultAppResourceKey } = specification;
  const path = "otherResources";
  if (!Array.isArray(value)) {
    const allowed = "a list of resources";
    return [{ path, reason: "is not a list", value, allowed, fix: "write it in [ ]" }];
  }
  const keys = value.map((item) => (isFields(item) ? item.name : undefined));
  return value.flatMap((item: unknown, index): Problem[] => {
    const at = `${path}[${index}]`;
    if (!isFields(item)) {
      const allowed = '{ name: "warehouse", sqlWarehouse: { id: "…", permission: "CAN_USE" } }';
      return [{ path: at, reason: "is not an object", value: item, allowed, fix: `write it as ${allowed}` }];
    }
    return [
      ...checkResourceKey(`${at}.name`, item.name ?? ""),
      ...checkKind(at, item),
      ...checkPostgres(at, item, specification),
      ...(item.name === resourceKey && item.postgres === undefined
        ? [repeated(`${at}.name`, item.name, "resourceKey")]
        : []),
      ...(item.name !== undefined && keys.indexOf(item.name) !== index
        ? [repeated(`${at}.name`, item.name, `${path}[${keys.indexOf(item.name)}]`)]
        : []),
    ];
  });
}

function repeated(path: string, value: unknown, where: string): Problem {
  const reason = `is used already, by ${where}`;
  return { path, reason, value, allowed: "a key of its own for each resource", fix: "choose another key" };
}

function checkKind(path: string, item: Fields): Problem[] {
  const given = Object.keys(item).filter((key) => item[key] !== undefined);
  const kinds = given.filter((key) => (appResourceKinds as readonly string[]).includes(key));
  const unknown = given.filter((key) => !["name", "description", ...kinds].includes(key));
  const allowed = appResourceKinds.join(", ");
  const problems = unknown.map((key) => ({
    path: `${path}.${key}`,
    reason: "is not known",
    allowed: `name, description, ${allowed}`,
    fix: "correct the spelling, or remove it",
  }));
  if (kinds.length === 1 || (kinds.length === 0 && unknown.length > 0)) return problems;
  const reason = kinds.length === 0 ? "is of no kind" : `is of ${kinds.length} kinds: ${kinds.join(", ")}`;
  return [...problems, { path, reason, allowed: `one of ${allowed}`, fix: "give it exactly one kind" }];
}

const twoRoles =
  "each kind of binding makes a PostgreSQL role of its own, and the app would lose access to what it owns";

/** An app's `database` binding must not become a `postgres` one, neither under its key nor beside it. */
function checkPostgres(path: string, item: Fields, specification: AppSpecification): Problem[] {
  const { instanceName, resourceKey = defaultAppResourceKey } = specification;
  if (!isFields(item.postgres)) return [];
  const allowed = "a postgres resource of another database, under another key";
  if (item.name === resourceKey) {
    return [
      {
        path: `${path}.postgres`,
        reason: `would turn the database binding ${showValue(resourceKey)} into a postgres one: ${twoRoles}`,
        value: item.postgres,
        allowed,
        fix: "keep the database binding: an instance stays reachable through it",
      },
    ];
  }
  const { branch } = item.postgres;
  const project = typeof branch === "string" ? /^projects\/([^/]+)/.exec(branch)?.[1] : undefined;
  if (project === undefined || project !== instanceName) return [];
  return [
    {
      path: `${path}.postgres.branch`,
      reason: `is the instance that is bound already, seen as a project: ${twoRoles}`,
      value: branch,
      allowed,
      fix: "remove this resource: the database binding reaches the same data",
    },
  ];
}

/** Grants are those of a principal; the app's own is only known once the app exists. */
function checkGrants({ grants, syncedTables }: AppSpecification): Problem[] {
  const principal = {
    name: "00000000-0000-0000-0000-000000000000",
    type: "SERVICE_PRINCIPAL",
    ...(grants === undefined ? {} : { grants }),
    ...(syncedTables === undefined ? {} : { syncedTables }),
  };
  return checkPrincipals("app", [principal]).map((problem) => ({
    ...problem,
    path: problem.path.replace("app[0].", ""),
  }));
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
