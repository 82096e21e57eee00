// Who may do what with an instance: the access control lists in the store, and the check against them.
import type { Store } from "../store.ts";
import { permissionDenied } from "./errors.ts";
import type { Identity } from "./identities.ts";
import type { Identities } from "./identities-table.ts";
import type { InstanceRecord } from "./instance-record.ts";
import type { Instances } from "./instances-table.ts";

/** Levels of permission on an instance. */
export const permissionLevels = ["CAN_USE", "CAN_MANAGE"] as const;

/** One entry: exactly one principal and its level. */
export interface AccessControl {
  user_name?: string;
  group_name?: string;
  service_principal_name?: string;
  permission_level: string;
}

/** Names of the fields that hold a principal. */
export const principalFields = ["user_name", "group_name", "service_principal_name"] as const;

/** The access control lists of the workspace's instances. */
export interface Permissions {
  /** Entries set on the instance itself, in the order of their setting. */
  get(instance: InstanceRecord): AccessControl[];
  set(instance: InstanceRecord, entries: AccessControl[]): void;
  /** Refuses a caller who may not use the instance: no credential for it is minted then. */
  requireUse(identity: Identity, instance: InstanceRecord): void;
  /** Refuses a caller who may not manage the instance. */
  requireManage(identity: Identity, instance: InstanceRecord): void;
}

/** The principal of an entry. */
export function principalOf(entry: AccessControl): string {
  return entry.user_name ?? entry.group_name ?? entry.service_principal_name ?? "";
}

/**
 * The access control lists of a store; a list ends with its instance. Whoever is bound to an instance, as the app of
 * a service principal may be, can use it without an entry.
 */
export function openPermissions(
  store: Store,
  instances: Instances,
  identities: Identities,
  isBound: (userName: string, instanceUid: string) => boolean = () => false,
): Permissions {
  const table = store.collection<AccessControl[]>("permissions");
  instances.onRemoved((record) => table.delete(record.uid));
  const get = (instance: InstanceRecord): AccessControl[] => table.get(instance.uid) ?? [];
  const require = (identity: Identity, instance: InstanceRecord, levels: readonly string[]): void => {
    if (identity.admin || instance.creator === identity.userName) return;
    const groups = identities.groupsOf(identity);
    const may = get(instance).some(
      (entry) =>
        levels.includes(entry.permission_level) &&
        (entry.group_name === undefined
          ? principalOf(entry).toLowerCase() === identity.userName.toLowerCase()
          : groups.includes(entry.group_name)),
    );
    if (may) return;
    throw permissionDenied(
      `User '${identity.userName}' does not have ${levels[0]} permission on database instance '${instance.name}'.`,
    );
  };
  return {
    get,
    set: (instance, entries) => table.put(instance.uid, entries),
    requireUse(identity, instance) {
      if (isBound(identity.userName, instance.uid)) return;
      require(identity, instance, ["CAN_USE", "CAN_MANAGE"]);
    },
    requireManage: (identity, instance) => require(identity, instance, ["CAN_MANAGE"]),
  };
}
