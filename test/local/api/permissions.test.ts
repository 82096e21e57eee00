// Permissions on instances: set, merged, shown with the admins, and decisive for callers who are none.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../../local/store.ts";
import { machineToken } from "../support/machine-token.ts";
import { type Answer, startApiWorkspace, type TestWorkspace } from "../support/workspace.ts";

const instances = "/api/2.0/database/instances";
let api: TestWorkspace;

beforeAll(async () => {
  api = await startApiWorkspace();
  await api.createInstance({ name: "orders" });
});
afterAll(() => api[Symbol.asyncDispose]());

describe("permissions", () => {
  const path = "/api/2.0/permissions/database-instances/orders";
  const inherited = {
    group_name: "admins",
    all_permissions: [
      { permission_level: "CAN_MANAGE", inherited: true, inherited_from_object: ["/database-instances/"] },
    ],
  };
  const shown = (principal: object, permission_level: string): object => ({
    ...principal,
    all_permissions: [{ permission_level, inherited: false }],
  });
  const creator = { user_name: "developer@example.com" };

  test("PUT replaces, PATCH adds, GET shows the admins as well", async () => {
    const users = { group_name: "users" };
    const service = { service_principal_name: "sp-uuid" };
    const put = await api.call("PUT", path, {
      access_control_list: [
        { ...users, permission_level: "CAN_USE" },
        { ...creator, permission_level: "CAN_MANAGE" },
      ],
    });
    const expected = {
      object_id: "/database-instances/orders",
      object_type: "database-instances",
      access_control_list: [shown(users, "CAN_USE"), shown(creator, "CAN_MANAGE"), inherited],
    };
    expect(put).toMatchObject({ status: 200, body: expected });
    expect((await api.call("GET", `${path}?`)).body).toEqual(expected);
    const patch = { access_control_list: [{ ...service, permission_level: "CAN_USE" }] };
    expect((await api.call("PATCH", path, patch)).body.access_control_list).toContainEqual(
      shown(service, "CAN_USE"),
    );
    const reset = { access_control_list: [{ ...creator, permission_level: "CAN_MANAGE" }] };
    expect((await api.call("PUT", path, reset)).body.access_control_list).toEqual([
      shown(creator, "CAN_MANAGE"),
      inherited,
    ]);
  });

  test("the same principal twice has the last level", async () => {
    const twice = ["CAN_USE", "CAN_MANAGE"].map((permission_level) => ({
      user_name: "A@Example.com",
      permission_level,
    }));
    const { body } = await api.call("PUT", path, { access_control_list: twice });
    expect(body.access_control_list).toEqual([
      shown({ user_name: "A@Example.com" }, "CAN_MANAGE"),
      inherited,
    ]);
  });

  test.each([
    [
      { access_control_list: [{ user_name: "a", permission_level: "CAN_VIEW" }] },
      /must be one of CAN_USE, CAN_MANAGE/,
    ],
    [
      { access_control_list: [{ permission_level: "CAN_USE" }] },
      /must have exactly one of user_name, group_name/,
    ],
    [
      { access_control_list: [{ user_name: "a", group_name: "b", permission_level: "CAN_USE" }] },
      /exactly one of/,
    ],
    [{ access_control_list: [{ user_name: "a" }] }, /permission_level is required/],
    [
      { access_control_list: [{ group_name: "admins", permission_level: "CAN_USE" }] },
      /admins cannot be reduced/,
    ],
    [{ acl: [] }, /unknown field "acl"/],
  ])("refuse %j", async (body, message) => {
    const answer = await api.call("PUT", path, body);
    expect(answer).toMatchObject({ status: 400, body: { error_code: "INVALID_PARAMETER_VALUE" } });
    expect(answer.body.message).toMatch(message);
  });

  test("list their levels, and are 404 for an unknown instance", async () => {
    const levels = (await api.call("GET", `${path}/permissionLevels`)).body.permission_levels as object[];
    expect(levels).toHaveLength(2);
    expect((await api.call("GET", path.replace("orders", "nope"))).status).toBe(404);
  });

  test("decide over a caller who is no admin", async () => {
    const machine = await machineToken(api.workspace);
    const resize = (): Promise<Answer> =>
      api.call("PATCH", `${instances}/orders`, { usage_policy_id: "u" }, machine);
    expect(await resize()).toMatchObject({ status: 403, body: { error_code: "PERMISSION_DENIED" } });
    expect((await api.call("DELETE", `${instances}/orders`, undefined, machine)).status).toBe(403);
    await api.call("PATCH", path, {
      access_control_list: [
        { service_principal_name: api.workspace.clientId, permission_level: "CAN_MANAGE" },
      ],
    });
    expect((await resize()).status).toBe(200);
    const own = await api.call("POST", instances, { name: "own" }, machine);
    expect(own.body.creator).toBe(api.workspace.clientId);
    await api.reach("own", "AVAILABLE");
    expect((await api.call("DELETE", `${instances}/own`, undefined, machine)).status).toBe(200);
  });

  test("end with their instance", async () => {
    await using other = await startApiWorkspace();
    await other.createInstance({ name: "short-lived" });
    await other.call("DELETE", `${instances}/short-lived`);
    await other.reach("short-lived", undefined);
    await other.workspace.close();
    const store = openStore(join(other.workspace.dataDir, "workspace.sqlite"));
    const left = store.collection("permissions").entries();
    store.close();
    expect(left).toEqual([]);
  });
});
