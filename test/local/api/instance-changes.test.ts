// Database instances, updated, deleted and cloned: masks, refusals, parents and children.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startApiWorkspace } from "../support/workspace.ts";

const path = "/api/2.0/database/instances";
let api: Awaited<ReturnType<typeof startApiWorkspace>>;

beforeAll(async () => {
  api = await startApiWorkspace();
});
afterAll(() => api[Symbol.asyncDispose]());
beforeEach(async () => {
  const { body } = await api.call("GET", path);
  for (const { name } of (body.database_instances ?? []) as { name: string }[]) {
    await api.call("DELETE", `${path}/${name}?force=true`);
    await api.reach(name, undefined);
  }
});

describe("update", () => {
  const fullMask = encodeURIComponent(
    "capacity,custom_tags,enable_pg_native_login,enable_readable_secondaries,node_count,retention_window_in_days,stopped,usage_policy_id",
  );
  const tags = [{ key: "env", value: "dev" }];

  test.each([
    [
      "keeps what the mask names and the body lacks, but clears tags",
      fullMask,
      { capacity: "CU_1" },
      undefined,
    ],
    [
      "changes only what the mask names",
      "capacity",
      { capacity: "CU_1", retention_window_in_days: 30 },
      tags,
    ],
    ["takes every field for *", "*", { capacity: "CU_1" }, tags],
    ["takes every field without a mask", "", { capacity: "CU_1" }, tags],
    [
      "clears tags by an empty list",
      "capacity,custom_tags",
      { capacity: "CU_1", custom_tags: [] },
      undefined,
    ],
  ])("%s", async (_what, mask, body, tagsAfter) => {
    await api.createInstance({
      name: "orders",
      capacity: "CU_2",
      custom_tags: tags,
      retention_window_in_days: 14,
      usage_policy_id: "up-1",
    });
    const answer = await api.call("PATCH", `${path}/orders?update_mask=${mask}`, { name: "orders", ...body });
    expect(answer).toMatchObject({ status: 200, body: { state: "UPDATING" } });
    await api.reach("orders", "AVAILABLE");
    const after = (await api.call("GET", `${path}/orders`)).body;
    expect(after).toMatchObject({
      capacity: "CU_1",
      effective_capacity: "CU_1",
      effective_retention_window_in_days: 14,
      effective_usage_policy_id: "up-1",
    });
    expect(after.custom_tags).toEqual(tagsAfter);
    expect(after.effective_custom_tags).toEqual(tagsAfter);
  });

  test.each([
    ["update_mask=size", {}, /update_mask: unknown field "size"; allowed are capacity/],
    ["update_mask=uid", {}, /update_mask: uid cannot be updated/],
    [
      "update_mask=parent_instance_ref,name",
      {},
      /parent_instance_ref cannot be updated; name cannot be updated/,
    ],
    ["update_mask=capacity", { capacity: "huge" }, /capacity must be one of/],
    ["update_mask=capacity", { name: "other" }, /name orders cannot be changed to other/],
    ["update_mask=capacity", { colour: "red" }, /unknown field "colour"/],
    ["", { enable_readable_secondaries: true }, /requires node_count to be greater than 1/],
  ])("refuses %s %j", async (query, body, message) => {
    await api.createInstance({ name: "orders" });
    const answer = await api.call("PATCH", `${path}/orders?${query}`, body);
    expect(answer).toMatchObject({ status: 400, body: { error_code: "INVALID_PARAMETER_VALUE" } });
    expect(answer.body.message).toMatch(message);
  });

  test("does not take the second node from readable secondaries", async () => {
    await api.createInstance({ name: "orders", node_count: 2, enable_readable_secondaries: true });
    expect((await api.call("PATCH", `${path}/orders`, { node_count: 1 })).status).toBe(400);
    const both = { node_count: 1, enable_readable_secondaries: false };
    expect((await api.call("PATCH", `${path}/orders`, both)).status).toBe(200);
    await api.reach("orders", "AVAILABLE");
    expect((await api.call("GET", `${path}/orders`)).body).not.toHaveProperty("read_only_dns");
  });
});

describe("delete", () => {
  test.each([
    ["purge=false", 400, /^Purge must be set to true to delete a database instance\.$/],
    ["purge=maybe", 400, /purge must be true or false/],
    ["force=maybe", 400, /force must be true or false/],
  ])("with %s answers %i", async (query, status, message) => {
    await api.createInstance({ name: "orders" });
    const answer = await api.call("DELETE", `${path}/orders?${query}`);
    expect(answer.status).toBe(status);
    expect(answer.body.message).toMatch(message);
  });

  test.each(["", "?", "?purge=true", "?force=false&purge=True"])("with %j ends in 404", async (query) => {
    await api.createInstance({ name: "orders" });
    expect(await api.call("DELETE", `${path}/orders${query}`)).toMatchObject({ status: 200, body: {} });
    await api.reach("orders", undefined);
    expect((await api.call("GET", "/api/2.0/permissions/database-instances/orders")).status).toBe(404);
  });

  test("of a parent needs force, and then takes its clones along", async () => {
    const parent = await api.createInstance({ name: "orders" });
    const child = await api.createInstance({ name: "clone", parent_instance_ref: { name: "orders" } });
    await api.createInstance({ name: "clone-of-clone", parent_instance_ref: { name: "clone" } });
    expect(child.parent_instance_ref).toEqual({ name: "orders", uid: parent.uid });
    expect((await api.call("GET", `${path}/orders`)).body.child_instance_refs).toEqual([
      { name: "clone", uid: child.uid },
    ]);
    const refused = await api.call("DELETE", `${path}/orders`);
    expect(refused).toMatchObject({ status: 400, body: { message: expect.stringContaining("('clone')") } });
    expect((await api.call("DELETE", `${path}/orders?force=true`)).status).toBe(200);
    for (const name of ["orders", "clone", "clone-of-clone"]) await api.reach(name, undefined);
  });
});

describe("clones", () => {
  test.each([
    ["the future", "2999-01-01T00:00:00Z"],
    ["before the retention window", "2001-01-01T00:00:00Z"],
  ])("cannot be cut from %s", async (_what, branch_time) => {
    await api.createInstance({ name: "orders" });
    const { status, body } = await api.call("POST", path, {
      name: "clone",
      parent_instance_ref: { name: "orders", branch_time },
    });
    expect(status).toBe(400);
    expect(body.message).toMatch(/outside the retention window of database instance 'orders': from .* to /);
  });

  test("echo their branch time, and never the lsn", async () => {
    const { creation_time } = await api.createInstance({ name: "orders" });
    const ref = { name: "orders", branch_time: creation_time, lsn: "0/16B3748" };
    const clone = await api.createInstance({ name: "clone", parent_instance_ref: ref });
    expect(clone.parent_instance_ref).toMatchObject({
      branch_time: creation_time,
      effective_lsn: "0/16B3748",
    });
    expect(clone.parent_instance_ref).not.toHaveProperty("lsn");
  });

  test("are refused when somebody deletes the parent at that moment", async () => {
    await api.createInstance({ name: "orders" });
    const deletion = Promise.withResolvers<void>();
    api.postgres.stop = () => deletion.promise;
    api.postgres.query = async () => {
      await api.call("DELETE", `${path}/orders`);
      return { rows: [] };
    };
    const answer = await api.call("POST", path, { name: "clone", parent_instance_ref: { name: "orders" } });
    deletion.resolve();
    expect(answer.body.message).toMatch(/'orders' is in state DELETING/);
    expect((await api.call("GET", `${path}/clone`)).status).toBe(404);
  });

  test("need a parent that exists", async () => {
    const answer = await api.call("POST", path, { name: "clone", parent_instance_ref: { name: "nope" } });
    expect(answer.status).toBe(404);
  });
});
