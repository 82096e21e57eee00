// The parts of the REST API that decide who may use an instance: its permissions and its roles.
import { orNothing } from "./missing.ts";
import { allPages } from "./paging.ts";
import { listOf, optionalText } from "./wire.ts";

/** Levels of permission on an instance; a workspace may show others. */
export type PermissionLevel = "CAN_USE" | "CAN_MANAGE" | (string & {});

/** Which field of an entry names the principal. */
export type PrincipalField = "user_name" | "group_name" | "service_principal_name";

/** One principal and its level on an instance. */
export interface PermissionEntry {
  field: PrincipalField;
  principal: string;
  level: PermissionLevel;
}

/** Asks and changes permissions and roles of instances. */
export interface InstanceAccess {
  /** Entries set on the instance itself; inherited ones are not the instance's to change. */
  getPermissions(instanceName: string): Promise<PermissionEntry[]>;
  /** Adds entries or changes their levels; all others stay as they are. */
  addPermissions(instanceName: string, entries: readonly PermissionEntry[]): Promise<PermissionEntry[]>;
  /** Replaces all entries: the only way that the service has to remove one. */
  replacePermissions(instanceName: string, entries: readonly PermissionEntry[]): Promise<PermissionEntry[]>;
  /** Kind of identity of each of the instance's roles: `USER`, `GROUP`, `SERVICE_PRINCIPAL` or `PG_ONLY`. */
  listRoleTypes(instanceName: string): Promise<Map<string, string>>;
  /** Whether the role is in `databricks_superuser`; undefined when the instance has no such role. */
  isSuperuser(instanceName: string, role: string): Promise<boolean | undefined>;
  /** Puts the role into `databricks_superuser`, or takes it out. */
  setSuperuser(instanceName: string, role: string, superuser: boolean): Promise<void>;
}

type Call = (request: {
  method: "GET" | "PUT" | "PATCH";
  path: string;
  query?: Record<string, string>;
  body?: object;
}) => Promise<unknown>;

/** Builds the calls on top of the workspace's transport. */
export function instanceAccess(call: Call, segment: (what: string, value: string) => string): InstanceAccess {
  const permissions = (name: string) => `/api/2.0/permissions/database-instances/${segment("name", name)}`;
  const rolePath = (name: string, role: string) =>
    `/api/2.0/database/instances/${segment("name", name)}/roles/${segment("role", role)}`;
  const change = async (method: "PUT" | "PATCH", name: string, entries: readonly PermissionEntry[]) =>
    readEntries(
      await call({ method, path: permissions(name), body: { access_control_list: entries.map(toWire) } }),
    );
  const readRole = async (name: string, role: string) =>
    (await orNothing(call({ method: "GET", path: rolePath(name, role) }))) as
      | Record<string, unknown>
      | undefined;
  return {
    getPermissions: async (name) => readEntries(await call({ method: "GET", path: permissions(name) })),
    addPermissions: (name, entries) => change("PATCH", name, entries),
    replacePermissions: (name, entries) => change("PUT", name, entries),
    async listRoleTypes(name) {
      const types = new Map<string, string>();
      const path = `/api/2.0/database/instances/${segment("name", name)}/roles`;
      const roles = await allPages(
        (token) => call({ method: "GET", path, query: { page_size: "100", ...token } }),
        "database_instance_roles",
      );
      for (const role of roles) {
        const type = optionalText(role, "identity_type");
        if (type !== undefined) types.set(optionalText(role, "name") ?? "", type);
      }
      return types;
    },
    async isSuperuser(name, role) {
      const found = await readRole(name, role);
      return found && found.membership_role === "DATABRICKS_SUPERUSER";
    },
    async setSuperuser(name, role, superuser) {
      const found = await readRole(name, role);
      // The attributes are said again, since a service without a mask may take what is left out as "none".
      const body = {
        name: role,
        attributes: found?.effective_attributes ?? {},
        membership_role: superuser ? "DATABRICKS_SUPERUSER" : null,
      };
      await call({ method: "PATCH", path: rolePath(name, role), body });
    },
  };
}

const fields: readonly PrincipalField[] = ["user_name", "group_name", "service_principal_name"];

function toWire({ field, principal, level }: PermissionEntry): object {
  return { [field]: principal, permission_level: level };
}

/** The admins' level is inherited, whatever the answer says, and must not be sent back. */
function readEntries(answer: unknown): PermissionEntry[] {
  return listOf(answer, "access_control_list").flatMap((entry) => {
    const field = fields.find((candidate) => optionalText(entry, candidate) !== undefined);
    const own = listOf(entry, "all_permissions").find(
      (permission) => (permission as { inherited?: unknown }).inherited !== true,
    );
    const level = optionalText(own, "permission_level");
    if (field === undefined || level === undefined) return [];
    const principal = optionalText(entry, field) ?? "";
    return field === "group_name" && principal === "admins" ? [] : [{ field, principal, level }];
  });
}
