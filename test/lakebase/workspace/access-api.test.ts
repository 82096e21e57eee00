// Permissions and roles of instances through the REST API of a local workspace.
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorkspace, type Workspace } from "../../../lakebase/workspace/index.ts";
import { startRealWorkspace, type TestWorkspace } from "../../local/support/workspace.ts";

let api: TestWorkspace;
let workspace: Workspace;
const ann = { field: "user_name", principal: "ann@example.com", level: "CAN_USE" } as const;
const me = { field: "user_name", principal: "developer@example.com", level: "CAN_MANAGE" } as const;

beforeAll(async () => {
  api = await startRealWorkspace();
  await api.createInstance({ name: "orders" });
  workspace = await openWorkspace({ host: api.workspace.apiUrl, token: api.workspace.token });
});
afterAll(() => api[Symbol.asyncDispose]());

test("permissions are read without what is inherited, added to, and replaced", async () => {
  const { access } = workspace;
  expect(await access.getPermissions("orders")).toEqual([me]);
  expect(await access.addPermissions("orders", [ann])).toEqual([me, ann]);
  expect(await access.replacePermissions("orders", [me])).toEqual([me]);
  await expect(access.getPermissions("nope")).rejects.toMatchObject({ status: 404 });
  await expect(access.getPermissions("..")).rejects.toThrow(/cannot be asked for/);
});

test("roles are listed with their kind over all pages, and join and leave databricks_superuser", async () => {
  const { access } = workspace;
  const path = "/api/2.0/database/instances/orders/roles";
  for (let number = 0; number < 101; number += 1)
    await api.call("POST", path, { name: `group ${number}`, identity_type: "GROUP" });
  await api.call("POST", path, { name: "a/b?c", identity_type: "GROUP", attributes: { createdb: true } });
  const types = await access.listRoleTypes("orders");
  expect(types.get("developer@example.com")).toBe("USER");
  expect(types.get("group 100")).toBe("GROUP");
  expect(await access.isSuperuser("orders", "nobody")).toBeUndefined();
  expect(await access.isSuperuser("orders", "a/b?c")).toBe(false);
  await access.setSuperuser("orders", "a/b?c", true);
  expect(await access.isSuperuser("orders", "a/b?c")).toBe(true);
  await access.setSuperuser("orders", "a/b?c", false);
  expect(await access.isSuperuser("orders", "a/b?c")).toBe(false);
  const role = await api.call("GET", `${path}/${encodeURIComponent("a/b?c")}`);
  expect(role.body).toMatchObject({ effective_attributes: { createdb: true } });
});
