// Turns the REST API's JSON into this project's types; a field missing where it must not be is named.
import { WorkspaceError } from "./errors.ts";
import type { CurrentUser, DatabaseCatalog, DatabaseInstance, InstanceChanges } from "./types.ts";

type Fields = Record<string, unknown>;

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** A text field that the answer must have. */
export function requiredText(value: unknown, name: string, what: string): string {
  const found = fieldsOf(value)[name];
  if (typeof found === "string" && found !== "") return found;
  throw new WorkspaceError({
    errorCode: "NOT_JSON",
    reason: `the workspace's answer for ${what} has no "${name}"`,
    fix: "check that the host is a Databricks workspace with Lakebase enabled",
  });
}

/** The entries of a list field, none when it is missing. */
export function listOf(value: unknown, name: string): unknown[] {
  const found = fieldsOf(value)[name];
  return Array.isArray(found) ? found : [];
}

/** A text field, undefined when missing or empty. */
export function optionalText(value: unknown, name: string): string | undefined {
  const found = fieldsOf(value)[name];
  return typeof found === "string" && found !== "" ? found : undefined;
}

/** Drops what is undefined, so that optional properties are absent rather than undefined. */
function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** Reads a database instance; what the service only takes as input is read from its `effective_` twin. */
export function readInstance(value: unknown): DatabaseInstance {
  const fields = fieldsOf(value);
  const text = (name: string) => optionalText(value, name);
  const number = (name: string) => (typeof fields[name] === "number" ? (fields[name] as number) : undefined);
  const flag = (name: string) => (typeof fields[name] === "boolean" ? (fields[name] as boolean) : undefined);
  const children = listOf(value, "child_instance_refs").map((child) => optionalText(child, "name"));
  return present({
    name: requiredText(value, "name", "a database instance"),
    uid: text("uid") ?? "",
    state: text("state") ?? "",
    capacity: text("capacity") ?? text("effective_capacity"),
    readWriteDns: text("read_write_dns"),
    readOnlyDns: text("read_only_dns"),
    creator: text("creator"),
    creationTime: text("creation_time"),
    pgVersion: text("pg_version"),
    nodeCount: number("effective_node_count"),
    stopped: flag("effective_stopped"),
    readableSecondaries: flag("effective_enable_readable_secondaries"),
    pgNativeLogin: flag("effective_enable_pg_native_login"),
    retentionWindowInDays: number("effective_retention_window_in_days"),
    usagePolicyId: text("effective_usage_policy_id"),
    customTags: readTags(fields),
    parentName: optionalText(fields.parent_instance_ref, "name"),
    parentBranchTime: optionalText(fields.parent_instance_ref, "branch_time"),
    childNames: children.filter((name) => name !== undefined),
  }) as DatabaseInstance;
}

/**
 * Tags, key to text. The service leaves an empty list out of its answers, so that a missing one means no tags,
 * but only in an answer that tells the settings in force at all.
 */
function readTags(fields: Fields): Record<string, string> | undefined {
  const name = ["effective_custom_tags", "custom_tags"].find((candidate) => Array.isArray(fields[candidate]));
  if (name === undefined) return fields.effective_node_count === undefined ? undefined : {};
  const tags = listOf(fields, name).map((tag) => [
    optionalText(tag, "key"),
    optionalText(tag, "value") ?? "",
  ]);
  return Object.fromEntries(tags.filter(([key]) => key !== undefined));
}

/** In one order, since the service keeps the order and another one would be a change. */
function tagList(tags: Record<string, string>): { key: string; value: string }[] {
  return Object.entries(tags)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => ({ key, value }));
}

/** The fields that a change of settings sends, and so what its update mask names. */
export function writeChanges(changes: InstanceChanges): Record<string, unknown> {
  const { customTags } = changes;
  return present({
    capacity: changes.capacity,
    node_count: changes.nodeCount,
    enable_readable_secondaries: changes.readableSecondaries,
    enable_pg_native_login: changes.pgNativeLogin,
    retention_window_in_days: changes.retentionWindowInDays,
    usage_policy_id: changes.usagePolicyId,
    // An empty list, said outright, is what clears the tags.
    custom_tags: customTags && tagList(customTags),
  });
}

/** Reads a registered catalog. */
export function readCatalog(value: unknown): DatabaseCatalog {
  return present({
    name: requiredText(value, "name", "a catalog"),
    instanceName: requiredText(value, "database_instance_name", "a catalog"),
    databaseName: requiredText(value, "database_name", "a catalog"),
    uid: optionalText(value, "uid"),
  }) as DatabaseCatalog;
}

/** Reads the SCIM description of the caller. */
export function readCurrentUser(value: unknown): CurrentUser {
  return present({
    userName: requiredText(value, "userName", "the current user"),
    id: optionalText(value, "id") ?? "",
    displayName: optionalText(value, "displayName"),
  }) as CurrentUser;
}
