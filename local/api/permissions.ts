// Workspace permissions: /api/2.0/permissions/database-instances/{name}
import { type Context, Hono } from "hono";
import { type Env, pathParameter, readJson, type Workspace } from "./context.ts";
import { invalidParameter } from "./errors.ts";
import type { InstanceRecord } from "./instance-record.ts";
import { type AccessControl, permissionLevels, principalFields, principalOf } from "./permissions-table.ts";
import { accept, list, object, oneOf, text } from "./validation.ts";

/** The object type, which is also the segment of the path. */
const objectType = "database-instances";

const name = text({ form: /\S/, described: "the name of a principal" });
const entry = object(
  {
    user_name: name,
    group_name: name,
    service_principal_name: name,
    permission_level: oneOf(permissionLevels),
  },
  ["permission_level"],
);

/** The routes of permissions, relative to /api/2.0/permissions. */
export function permissionRoutes(workspace: Workspace): Hono<Env> {
  const { permissions } = workspace;
  const target = (c: Context<Env>): InstanceRecord => workspace.instances.require(pathParameter(c, "name"));
  const read = async (c: Context<Env>): Promise<AccessControl[]> => {
    const body = await readJson(c);
    const { access_control_list } = accept<{ access_control_list?: AccessControl[] }>(
      body,
      object({ access_control_list: list(entry) }),
    );
    const entries = access_control_list ?? [];
    checkPrincipals(entries);
    return entries;
  };
  const change = async (
    c: Context<Env>,
    merge: (before: AccessControl[], asked: AccessControl[]) => AccessControl[],
  ): Promise<Response> => {
    const asked = await read(c);
    const instance = target(c);
    permissions.requireManage(c.get("identity"), instance);
    permissions.set(instance, merge(permissions.get(instance), asked));
    return c.json(view(instance, permissions.get(instance)));
  };

  return new Hono<Env>()
    .get(`/${objectType}/:name`, (c) => {
      const instance = target(c);
      return c.json(view(instance, permissions.get(instance)));
    })
    .put(`/${objectType}/:name`, (c) => change(c, (_before, asked) => lastOfEach(asked)))
    .patch(`/${objectType}/:name`, (c) => change(c, (before, asked) => lastOfEach([...before, ...asked])))
    .get(`/${objectType}/:name/permissionLevels`, (c) => {
      target(c);
      return c.json({
        permission_levels: [
          { permission_level: "CAN_USE", description: "Can use the database instance" },
          { permission_level: "CAN_MANAGE", description: "Can manage the database instance" },
        ],
      });
    });
}

/** Whether a principal exists is not checked: whether the service does is not known. */
function checkPrincipals(entries: readonly AccessControl[]): void {
  const problems = entries.flatMap((item, index) => {
    const at = `access_control_list[${index}]`;
    const given = principalFields.filter((field) => item[field] !== undefined);
    if (given.length !== 1) return [`${at} must have exactly one of ${principalFields.join(", ")}`];
    if (item.group_name === "admins" && item.permission_level !== "CAN_MANAGE") {
      return [`${at}: the permissions of the group admins cannot be reduced`];
    }
    return [];
  });
  if (problems.length > 0) throw invalidParameter(problems.join("; "));
}

/** One level for each principal: the last one given, at the place of the first. */
function lastOfEach(entries: readonly AccessControl[]): AccessControl[] {
  const byPrincipal = new Map<string, AccessControl>();
  for (const item of entries) {
    // A user name that holds a service principal's id is the same principal.
    const kind = item.group_name === undefined ? "identity" : "group";
    byPrincipal.set(`${kind}:${principalOf(item).toLowerCase()}`, item);
  }
  return [...byPrincipal.values()];
}

function view(instance: InstanceRecord, entries: readonly AccessControl[]): object {
  const direct = entries
    .filter((item) => item.group_name !== "admins")
    .map(({ permission_level, ...principal }) => ({
      ...principal,
      all_permissions: [{ permission_level, inherited: false }],
    }));
  const inherited = {
    group_name: "admins",
    all_permissions: [
      { permission_level: "CAN_MANAGE", inherited: true, inherited_from_object: [`/${objectType}/`] },
    ],
  };
  return {
    object_id: `/${objectType}/${instance.name}`,
    object_type: objectType,
    access_control_list: [...direct, inherited],
  };
}
