// Access control entries of the Permissions resource: a set in the order of Terraform's hashes, compared without case.

import { crc32 } from "node:zlib";
import { isObject, type Properties, UNKNOWN, type Value } from "../protocol/values.ts";

/** One entry: a principal and its level. Names are Pulumi's. */
export type AccessEntry = Partial<Record<(typeof FIELDS)[number], string | typeof UNKNOWN>>;

// In the order in which the hash reads them.
const FIELDS = ["groupName", "permissionLevel", "servicePrincipalName", "userName"] as const;
const API_FIELDS = {
  groupName: "group_name",
  permissionLevel: "permission_level",
  servicePrincipalName: "service_principal_name",
  userName: "user_name",
} as const;
const CASELESS: ReadonlySet<string> = new Set(["servicePrincipalName", "userName"]);

/** The entries of a property, as a set: sorted by hash, each once. */
export function toEntries(value: Value | undefined): AccessEntry[] {
  if (!Array.isArray(value)) return [];
  const byHash = new Map<string, AccessEntry>();
  for (const item of value) {
    if (!isObject(item)) continue;
    const entry: AccessEntry = {};
    for (const field of FIELDS) {
      const text = item[field];
      if ((typeof text === "string" && text !== "") || text === UNKNOWN) entry[field] = text;
    }
    byHash.set(entryKey(entry), entry);
  }
  return [...byHash.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, entry]) => entry);
}

/** The hash an entry is sorted and compared by, as text: Terraform sorts it as text too. */
export function entryKey(entry: AccessEntry): string {
  const serialized = FIELDS.map((field) => {
    const value = entry[field];
    const text = value === UNKNOWN ? "unknown" : (value ?? "");
    return `${API_FIELDS[field]}:${CASELESS.has(field) ? text.toLowerCase() : text};`;
  });
  return String(crc32(serialized.join("")));
}

/** The entries as property values. */
export function toProperty(entries: AccessEntry[]): Properties[] {
  return entries.map((entry) => ({ ...entry }));
}

/** Whether an entry is about that user or service principal. */
export function isAbout(entry: AccessEntry, principal: string): boolean {
  const name = principal.toLowerCase();
  return [entry.userName, entry.servicePrincipalName].some(
    (value) => typeof value === "string" && value.toLowerCase() === name,
  );
}

/** The body of a request that sets the list, with the caller added as manager unless it is listed. */
export function toRequest(entries: AccessEntry[], caller: string): { access_control_list: unknown[] } {
  const listed = entries.some((entry) => isAbout(entry, caller));
  const all: AccessEntry[] = listed
    ? entries
    : [...entries, { userName: caller, permissionLevel: "CAN_MANAGE" }];
  return {
    access_control_list: all.map((entry) =>
      Object.fromEntries(
        FIELDS.filter((field) => entry[field]).map((field) => [API_FIELDS[field], entry[field]]),
      ),
    ),
  };
}

/** The entries an answer describes: direct ones only, without administrators, and without the caller unless wanted. */
export function fromList(list: unknown, caller: string, callerWanted: boolean): AccessEntry[] {
  const found: Value[] = [];
  for (const item of Array.isArray(list) ? (list as RawEntry[]) : []) {
    const entry = { userName: item.user_name ?? "", servicePrincipalName: item.service_principal_name ?? "" };
    if (item.group_name === "admins" || (isAbout(entry, caller) && !callerWanted)) continue;
    for (const permission of item.all_permissions ?? []) {
      if (permission.inherited) continue;
      found.push({
        groupName: item.group_name ?? "",
        userName: entry.userName.toLowerCase(),
        servicePrincipalName: entry.servicePrincipalName.toLowerCase(),
        permissionLevel: permission.permission_level ?? "",
      });
    }
  }
  return toEntries(found);
}

interface RawEntry {
  group_name?: string;
  user_name?: string;
  service_principal_name?: string;
  all_permissions?: { permission_level?: string; inherited?: boolean }[];
}
