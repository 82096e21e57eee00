// What changes of apps, permissions, grants and secrets mean for those who use the database.
import type { Change } from "../model/changes.ts";
import { inWords, principalOf } from "../model/values.ts";
import { after, before, differs, goes, quoted, updated } from "./reading.ts";
import type { ChangeRule, Context } from "./types.ts";

const binding = "resources.database";

/** Rules of apps. */
export const appRules: readonly ChangeRule[] = [
  {
    id: "app-removed",
    severity: "needs-attention",
    topic: "access",
    also: ["downtime"],
    kinds: ["app"],
    find: (change) =>
      change.operation === "delete"
        ? `app ${quoted(change.name)} ends with its address and its service principal; what its PostgreSQL role owns stays in the database`
        : undefined,
  },
  {
    id: "app-replaced",
    severity: "needs-attention",
    topic: "downtime",
    also: ["access"],
    kinds: ["app"],
    find: (change) =>
      change.operation === "replace"
        ? `app ${quoted(change.newName)} is a new app with a new address, a new service principal and so a new PostgreSQL role: it does not own what the old role made, and its grants must be made again`
        : undefined,
  },
  {
    id: "app-unbound",
    severity: "needs-attention",
    topic: "access",
    also: ["downtime"],
    kinds: ["app"],
    find: (change) =>
      updated(change) && lostBindings(change).length > 0
        ? `app ${quoted(change.name)} loses its binding to ${lostBindings(change).map(quoted).join(", ")}: it can no longer connect there`
        : undefined,
  },
  {
    id: "app-cost",
    severity: "information",
    topic: "cost",
    kinds: ["app"],
    find: (change) =>
      ["create", "replace", "delete"].includes(change.operation)
        ? `the compute of app ${quoted(change.newName)} itself ${change.operation === "delete" ? "no longer costs" : "costs by the hour while it runs"}; it is not in the figures`
        : undefined,
  },
  {
    id: "app-bound",
    severity: "information",
    topic: "access",
    kinds: ["app"],
    find: (change) => {
      const gained = bindings(change.after(binding)).filter(
        (name) => !bindings(change.before(binding)).includes(name),
      );
      return change.operation !== "delete" && gained.length > 0
        ? `a PostgreSQL role for app ${quoted(change.newName)} gets CONNECT and CREATE on ${gained.map(quoted).join(", ")}, and nothing on schemas or tables that exist there`
        : undefined;
    },
  },
];

/** Rules of permissions, grants and secrets. */
export const accessRules: readonly ChangeRule[] = [
  {
    id: "permissions-reset",
    severity: "needs-attention",
    topic: "access",
    also: ["downtime"],
    kinds: ["permissions"],
    find: (change) =>
      goes(change)
        ? `all permissions on ${quoted(change.name)} but the deployer's own are taken away`
        : undefined,
  },
  {
    id: "permissions-moved",
    severity: "needs-attention",
    topic: "access",
    also: ["downtime"],
    kinds: ["permissions", "grant", "grants"],
    find: (change, context) =>
      change.operation === "create" && deletedTwin(change, context)
        ? {
            text: `${change.title} ${quoted(change.newName)}: the same is created under one Pulumi name and then deleted under another, and is gone after a deployment that reports success`,
            fix: "give the new resource `aliases` with the old one's name or parent",
          }
        : undefined,
  },
  {
    id: "permissions-lost",
    severity: "needs-attention",
    topic: "access",
    also: ["downtime"],
    kinds: ["permissions"],
    find: (change) => {
      const lost = missing(entries(change.before("accessControls")), entries(change.after("accessControls")));
      return updated(change) && lost.length > 0
        ? `taken away on ${quoted(change.newName)}: ${lost.map(quoted).join(", ")}`
        : undefined;
    },
  },
  {
    id: "permissions-given",
    severity: "needs-attention",
    topic: "access",
    kinds: ["permissions"],
    find: (change) => {
      const given = missing(
        entries(change.after("accessControls")),
        entries(change.before("accessControls")),
      );
      if (change.operation === "delete" || given.length === 0) return undefined;
      const everybody = given.some((entry) => entry.startsWith("users "))
        ? "; `users` is everybody in the workspace"
        : "";
      return `given on ${quoted(change.newName)}: ${given.map(quoted).join(", ")}${everybody}`;
    },
  },
  {
    id: "grant-removed",
    severity: "needs-attention",
    topic: "access",
    also: ["downtime"],
    kinds: ["grant", "grants"],
    find: (change) => (goes(change) ? lostGrant(change) : undefined),
  },
  {
    id: "role-removed",
    severity: "needs-attention",
    topic: "access",
    also: ["downtime"],
    kinds: ["role"],
    find: (change) => (goes(change) ? `role ${quoted(change.name)} can no longer log in` : undefined),
  },
  {
    id: "secret-rotated",
    severity: "needs-attention",
    topic: "access",
    also: ["downtime"],
    kinds: ["secret"],
    find: (change) =>
      change.operation === "replace" && change.deletedFirst !== true
        ? {
            text: `the new value of secret ${quoted(change.newName)} is written and then deleted with the old resource: the secret is gone after a deployment that reports success`,
            fix: "set `deleteBeforeReplace: true`",
          }
        : undefined,
  },
];

function lostGrant(change: Change): string {
  const securable = ["table", "schema", "catalog"].find((path) => before(change, path) !== undefined);
  const principal = before(change, "principal");
  if (securable === undefined || principal === undefined)
    return "whoever was granted this can no longer use it";
  const privileges = quoted(inWords(change.before("privileges")));
  return `${quoted(principal)} loses ${privileges} on ${securable} ${quoted(before(change, securable))}`;
}

function bindings(value: ReturnType<Change["after"]>): string[] {
  if (value?.known !== true || !Array.isArray(value.value)) return [];
  return value.value.map(
    (database: Record<string, unknown>) => `${database.instanceName}/${database.databaseName}`,
  );
}

function lostBindings(change: Change): string[] {
  if (change.after(binding)?.known === false) return [];
  return missing(bindings(change.before(binding)), bindings(change.after(binding)));
}

function entries(value: ReturnType<Change["after"]>): string[] {
  if (value?.known !== true || !Array.isArray(value.value)) return [];
  return value.value.map(
    (entry: Record<string, unknown>) => `${principalOf(entry)} ${String(entry.permissionLevel)}`,
  );
}

function missing(from: readonly string[], others: readonly string[]): string[] {
  return from.filter((entry) => !others.includes(entry));
}

function deletedTwin(change: Change, { changes }: Context): boolean {
  const paths = [
    "databaseInstanceName",
    "databaseProjectName",
    "appName",
    "catalog",
    "schema",
    "table",
    "principal",
  ];
  return changes.some(
    (other) =>
      other.operation === "delete" &&
      other.type === change.type &&
      paths.every((path) => before(other, path) === after(change, path)),
  );
}

/** Whether an input that a rule reads is not known before the deployment. */
export function unknownAfter(change: Change, path: string): boolean {
  const value = change.after(path);
  return differs(change, path) && value?.known === false && value.reason === "after-deployment";
}
