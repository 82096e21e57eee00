// Several identities: who is known, who may create and use an instance, who logs in as whom.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mintCredential, runSql } from "../support/login.ts";
import { requestMachineToken } from "../support/machine-token.ts";
import { startApiWorkspace, startRealWorkspace, type TestWorkspace } from "../support/workspace.ts";

interface Made {
  id: string;
  name: string;
  token: string;
  client_id: string;
  client_secret: string;
}

const instances = "/api/2.0/database/instances";
const permissions = "/api/2.0/permissions/database-instances/orders";
const scim = "/api/2.0/preview/scim/v2";
let api: TestWorkspace;
let ann: Made;
let guest: Made;
let robot: Made;

const make = async (body: Record<string, unknown>): Promise<Made> => {
  const answer = await api.call("POST", "/local/identities", body);
  expect(answer.status, answer.body.message).toBe(200);
  return answer.body as unknown as Made;
};
const allow = (entry: Record<string, unknown>) =>
  api.call("PATCH", permissions, { access_control_list: [entry] });
const who = (user: string, password: string) =>
  runSql(api, "orders", "SELECT current_user::text AS user", { user, password });

beforeAll(async () => {
  api = await startRealWorkspace();
  await api.createInstance({ name: "orders" });
  ann = await make({ type: "user", name: "ann@example.com" });
  guest = await make({ type: "user", name: "guest@example.com", may_create_instances: false });
  robot = await make({ type: "service_principal", display_name: "robot" });
  await make({ type: "group", name: "analysts", members: ["ann@example.com"] });
});
afterAll(() => api[Symbol.asyncDispose]());

describe("identities", () => {
  test("call the API by tokens of their own", async () => {
    const me = await api.call("GET", `${scim}/Me`, undefined, ann.token);
    expect(me.body).toMatchObject({
      userName: "ann@example.com",
      groups: [
        { display: "users", type: "direct" },
        { display: "analysts", type: "direct" },
      ],
    });
    const { body } = await requestMachineToken(api.workspace, {
      id: robot.client_id,
      secret: robot.client_secret,
    });
    const itself = await api.call("GET", `${scim}/Me`, undefined, String(body.access_token));
    expect(itself.body).toMatchObject({ userName: robot.client_id, displayName: "robot" });
    const other = await requestMachineToken(api.workspace, { id: robot.client_id, secret: ann.token });
    expect(other.status).toBe(401);
  });

  test("are listed and found by name, and made by admins alone", async () => {
    const filter = (text: string) => encodeURIComponent(text);
    const unread = await api.call("GET", `${scim}/Users?filter=${filter('userName co "ann"')}`);
    expect(unread).toMatchObject({ status: 400, body: { error_code: "INVALID_PARAMETER_VALUE" } });
    const found = await api.call("GET", `${scim}/Users?filter=${filter('userName eq "Ann@Example.com"')}`);
    expect(found.body).toMatchObject({ totalResults: 1, Resources: [{ id: ann.id }] });
    expect((await api.call("GET", `${scim}/Users/${ann.id}`)).body.userName).toBe("ann@example.com");
    expect((await api.call("GET", `${scim}/Groups/none`)).status).toBe(404);
    const made = await api.call("POST", `${scim}/ServicePrincipals`, { displayName: "ci", active: true });
    expect(made).toMatchObject({
      status: 201,
      body: { applicationId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    const group = await api.call("POST", `${scim}/Groups`, {
      displayName: "ops",
      members: [{ value: ann.id }],
    });
    expect(group.body).toMatchObject({ displayName: "ops", members: [{ value: ann.id }] });
    expect((await api.call("POST", `${scim}/Groups`, { displayName: "ops" })).status).toBe(409);
    expect((await api.call("POST", `${scim}/Users`, { userName: "ann@example.com" })).status).toBe(409);
    const refused = await api.call("POST", `${scim}/Users`, { userName: "x@example.com" }, ann.token);
    expect(refused).toMatchObject({ status: 403, body: { error_code: "PERMISSION_DENIED" } });
  });

  test("show no secret in SCIM, and theirs to the control endpoint", async () => {
    const shown = JSON.stringify((await api.call("GET", `${scim}/Users`)).body);
    expect(shown).toContain("ann@example.com");
    expect(shown).not.toContain(ann.token);
    const controlled = await api.call("GET", "/local/identities");
    expect(controlled.body.identities).toContainEqual(expect.objectContaining({ token: ann.token }));
    expect((await api.call("GET", "/local/identities", undefined, ann.token)).status).toBe(401);
  });

  test("create, manage and use instances as far as they may", async () => {
    const create = (name: string, token: string) => api.call("POST", instances, { name }, token);
    expect(await create("guests", guest.token)).toMatchObject({ status: 403 });
    expect((await create("anns", ann.token)).body.creator).toBe("ann@example.com");
    await api.reach("anns", "AVAILABLE");
    const resize = (token: string) =>
      api.call("PATCH", `${instances}/anns?update_mask=capacity`, { name: "anns", capacity: "CU_2" }, token);
    expect((await resize(guest.token)).status).toBe(403);
    expect((await resize(ann.token)).status).toBe(200);
    await expect(mintCredential(api, "orders", ann.token)).rejects.toThrow(/ann@example.com.*CAN_USE/);
    await expect(allow({ group_name: "analysts", permission_level: "CAN_USE" })).resolves.toMatchObject({
      status: 200,
    });
    await mintCredential(api, "orders", ann.token);
    await expect(mintCredential(api, "orders", guest.token)).rejects.toThrow(/CAN_USE/);
  });

  test("log in as themselves or as a group of theirs, once the role exists", async () => {
    const token = await mintCredential(api, "orders", ann.token);
    await expect(who("ann@example.com", token)).rejects.toThrow('role "ann@example.com" does not exist');
    await expect(who("analysts", token)).rejects.toThrow("password authentication failed");
    await runSql(
      api,
      "orders",
      `CREATE EXTENSION databricks_auth; SELECT databricks_create_role('ann@example.com', 'USER');
       SELECT databricks_create_role('analysts', 'GROUP'); CREATE ROLE ops LOGIN`,
    );
    expect(await who("ann@example.com", token)).toEqual([{ user: "ann@example.com" }]);
    expect(await who("analysts", token)).toEqual([{ user: "analysts" }]);
    // A role that only happens to be named like one of her groups.
    await expect(who("ops", token)).rejects.toThrow("password authentication failed");
    await expect(who("developer@example.com", token)).rejects.toThrow("password authentication failed");
    await make({ type: "group", name: "analysts", members: [] });
    await expect(who("analysts", token)).rejects.toThrow("password authentication failed");
  });
});

test("identities outlive the workspace's process", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "identities-"));
  try {
    const first = await startApiWorkspace({ dataDir });
    const { body } = await first.call("POST", "/local/identities", { type: "user", name: "bob@example.com" });
    await first[Symbol.asyncDispose]();
    await using second = await startApiWorkspace({ dataDir });
    const me = await second.call("GET", `${scim}/Me`, undefined, String(body.token));
    expect(me.body.userName).toBe("bob@example.com");
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});

test.each([
  [{ type: "user" }, /name is required for a user/],
  [{ type: "group" }, /name is required for a group/],
  [{ type: "robot" }, /type must be one of/],
  [{ type: "group", name: "g", members: ["nobody"] }, /knows nobody named "nobody"/],
])("/local/identities refuses %j", async (body, message) => {
  const answer = await api.call("POST", "/local/identities", body);
  expect(answer.status).toBe(400);
  expect(answer.body.message).toMatch(message);
});
