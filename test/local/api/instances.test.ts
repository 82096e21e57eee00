// Database instances, created and read: what the API takes, shows and refuses.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startApiWorkspace, type TestWorkspace } from "../support/workspace.ts";

const path = "/api/2.0/database/instances";
let api: TestWorkspace;

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

const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/);
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

describe("create", () => {
  test("answers at once with STARTING, the name and defaults in force", async () => {
    const { status, body } = await api.call("POST", path, { name: "orders" });
    expect(status).toBe(200);
    expect(body).toEqual({
      name: "orders",
      uid: uuid,
      state: "STARTING",
      creator: "developer@example.com",
      creation_time: time,
      pg_version: "PG_VERSION_16",
      read_write_dns: `instance-${body.uid}.database.localhost`,
      effective_capacity: "CU_2",
      effective_enable_pg_native_login: false,
      effective_enable_readable_secondaries: false,
      effective_node_count: 1,
      effective_retention_window_in_days: 7,
      effective_stopped: false,
    });
    await api.reach("orders", "AVAILABLE");
  });

  test("echoes capacity and tags, and shows the other inputs as effective_* only", async () => {
    const body = await api.createInstance({
      name: "orders",
      capacity: "CU_4",
      custom_tags: [
        { key: "team", value: "x" },
        { key: "env", value: "dev" },
      ],
      enable_pg_native_login: true,
      enable_readable_secondaries: true,
      node_count: 2,
      retention_window_in_days: 14,
      stopped: false,
      usage_policy_id: "up-1",
    });
    expect(body).toMatchObject({
      capacity: "CU_4",
      effective_capacity: "CU_4",
      custom_tags: [
        { key: "team", value: "x" },
        { key: "env", value: "dev" },
      ],
      effective_custom_tags: [
        { key: "team", value: "x" },
        { key: "env", value: "dev" },
      ],
      effective_enable_pg_native_login: true,
      effective_enable_readable_secondaries: true,
      effective_node_count: 2,
      effective_retention_window_in_days: 14,
      effective_usage_policy_id: "up-1",
      read_only_dns: `instance-ro-${body.uid}.database.localhost`,
    });
    for (const input of [
      "enable_pg_native_login",
      "enable_readable_secondaries",
      "node_count",
      "retention_window_in_days",
      "stopped",
      "usage_policy_id",
    ]) {
      expect(body).not.toHaveProperty(input);
    }
  });

  test("takes back what an earlier answer held, and ignores what only the service sets", async () => {
    const { body } = await api.call("POST", path, {
      name: "orders",
      state: "STOPPED",
      uid: "mine",
      creator: "me",
    });
    expect(body).toMatchObject({ state: "STARTING", uid: uuid, creator: "developer@example.com" });
  });

  test.each([
    ["name", {}, /name is required/],
    ["name", { name: "" }, /name "" is not valid: it must be 1 to 63 letters, digits and hyphens/],
    ["name", { name: "my_db" }, /name "my_db" is not valid/],
    ["name", { name: "a".repeat(64) }, /is not valid/],
    ["name", { name: 5 }, /name must be a string, not 5/],
    [
      "capacity",
      { name: "a", capacity: "CU_3" },
      /capacity must be one of CU_1, CU_2, CU_4, CU_8, not "CU_3"/,
    ],
    ["capacity", { name: "a", capacity: 1 }, /capacity must be one of/],
    ["node_count", { name: "a", node_count: 0 }, /node_count must be an integer between 1 and 3, not 0/],
    ["node_count", { name: "a", node_count: 4 }, /node_count must be an integer/],
    ["node_count", { name: "a", node_count: "2" }, /node_count must be an integer/],
    ["retention", { name: "a", retention_window_in_days: 1 }, /between 2 and 35, not 1/],
    ["retention", { name: "a", retention_window_in_days: 36 }, /between 2 and 35, not 36/],
    ["stopped", { name: "a", stopped: "yes" }, /stopped must be true or false, not "yes"/],
    [
      "secondaries",
      { name: "a", enable_readable_secondaries: true },
      /requires node_count to be greater than 1/,
    ],
    ["tags", { name: "a", custom_tags: { env: "dev" } }, /custom_tags must be a list/],
    ["tags", { name: "a", custom_tags: [{ value: "x" }] }, /custom_tags\[0\].key is required/],
    ["tags", { name: "a", custom_tags: [{ key: "k" }, { key: "k" }] }, /has the key "k" more than once/],
    ["tags", { name: "a", custom_tags: [{ key: "k", value: 1 }] }, /custom_tags\[0\].value must be a string/],
    ["usage policy", { name: "a", usage_policy_id: "" }, /usage_policy_id/],
    ["unknown field", { name: "a", size: "CU_1" }, /unknown field "size"; known are name, .*capacity/],
    ["parent", { name: "a", parent_instance_ref: {} }, /parent_instance_ref.name is required/],
    ["parent", { name: "a", parent_instance_ref: { name: "p", branch_time: "yesterday" } }, /RFC 3339/],
    ["parent", { name: "a", parent_instance_ref: { name: "p", lsn: "x" } }, /a WAL position such as/],
    ["body", [], /the request body must be a JSON object/],
  ])("refuses a bad %s", async (_what, body, message) => {
    const answer = await api.call("POST", path, body);
    expect(answer).toMatchObject({ status: 400, body: { error_code: "INVALID_PARAMETER_VALUE" } });
    expect(answer.body.message).toMatch(message);
    expect((await api.call("GET", path)).body).toEqual({ database_instances: [] });
  });

  test("names every problem of a request", async () => {
    const { body } = await api.call("POST", path, { capacity: "XL", node_count: 9, colour: "red" });
    for (const part of ["name is required", "capacity", "node_count", '"colour"'])
      expect(body.message).toContain(part);
  });

  test("refuses what is not JSON", async () => {
    const { status, body } = await api.call("POST", path, "{name: orders}");
    expect({ status, code: body.error_code }).toEqual({ status: 400, code: "MALFORMED_REQUEST" });
  });

  test("refuses a name that is taken, also while its instance is being deleted", async () => {
    await api.createInstance({ name: "orders" });
    const taken = { status: 409, body: { error_code: "RESOURCE_ALREADY_EXISTS" } };
    expect(await api.call("POST", path, { name: "orders" })).toMatchObject(taken);
  });

  test("of two requests for one name one wins", async () => {
    const answers = await Promise.all([1, 2, 3].map(() => api.call("POST", path, { name: "orders" })));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409, 409]);
  });

  test("stops at 10 instances, with a status that clients do not repeat", async () => {
    for (let i = 0; i < 10; i += 1) await api.call("POST", path, { name: `db-${i}` });
    const { status, body } = await api.call("POST", path, { name: "one-too-many" });
    expect({ status, code: body.error_code }).toEqual({ status: 400, code: "QUOTA_EXCEEDED" });
    expect(body.message).toMatch(/limit of 10 database instances/);
  });
});

describe("read", () => {
  test("by name, by uid and in the list is the same", async () => {
    const made = await api.createInstance({ name: "orders" });
    expect((await api.call("GET", `${path}:findByUid?uid=${made.uid}`)).body).toEqual(made);
    expect((await api.call("GET", path)).body).toEqual({ database_instances: [made] });
  });

  test.each([
    ["GET", `${path}/nope`, 404, "NOT_FOUND", /'nope' not found/],
    ["GET", `${path}:findByUid?uid=nope`, 404, "NOT_FOUND", /uid 'nope' not found/],
    ["GET", `${path}:findByUid`, 400, "INVALID_PARAMETER_VALUE", /uid is required/],
    ["PATCH", `${path}/nope`, 404, "NOT_FOUND", /'nope'/],
    ["DELETE", `${path}/nope`, 404, "NOT_FOUND", /'nope'/],
    ["POST", `${path}/nope/failover`, 404, "NOT_FOUND", /'nope'/],
    ["GET", `${path}/nope/catalogs`, 501, "NOT_IMPLEMENTED", /not yet implemented/],
    [
      "PUT",
      `${path}/nope`,
      404,
      "ENDPOINT_NOT_FOUND",
      /No API found for 'PUT \/2.0\/database\/instances\/nope'/,
    ],
    ["GET", "/api/2.0/database/synced_tables/a.b.c", 404, "NOT_FOUND", /not found/],
  ])("%s %s answers %i", async (method, target, status, code, message) => {
    const answer = await api.call(method, target);
    expect(answer).toMatchObject({ status, body: { error_code: code } });
    expect(answer.body.message).toMatch(message);
  });

  test("pages: every instance once, in the order of creation", async () => {
    const names = ["e", "b", "d", "a", "c"].map((letter) => `db-${letter}`);
    for (const name of names) await api.call("POST", path, { name });
    const seen: string[] = [];
    let token = "";
    do {
      const query = `?page_size=2${token && `&page_token=${encodeURIComponent(token)}`}`;
      const { body } = await api.call("GET", path + query);
      const page = body.database_instances as { name: string }[];
      expect(page.length).toBeLessThanOrEqual(2);
      seen.push(...page.map((item) => item.name));
      token = String(body.next_page_token ?? "");
    } while (token);
    expect(seen).toEqual(names);
    expect((await api.call("GET", `${path}?page_size=5`)).body).not.toHaveProperty("next_page_token");
    expect((await api.call("GET", `${path}?page_size=1000`)).body.database_instances).toHaveLength(5);
  });

  test.each(["page_size=-1", "page_size=many", "page_size=1.5", "page_token=abc"])(
    "refuses %s",
    async (query) => {
      const { status, body } = await api.call("GET", `${path}?${query}`);
      expect({ status, code: body.error_code }).toEqual({ status: 400, code: "INVALID_PARAMETER_VALUE" });
    },
  );
});
