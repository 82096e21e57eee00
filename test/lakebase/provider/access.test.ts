// Access as a resource: what runs when, what is recorded, and what a missing or stopped instance means.
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ConnectionProblem } from "../../../lakebase/connection/index.ts";
import { type AccessInputs, type AccessOutputs, access } from "../../../lakebase/provider/index.ts";
import { type Workspace, WorkspaceError } from "../../../lakebase/workspace/index.ts";
import { type AccessServer, deployer, principal, startAccessServer } from "../access/support.ts";

const ann = "ann@example.com";
let server: AccessServer;

beforeAll(async () => {
  server = await startAccessServer();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  await server.client.query("CREATE TABLE items (id int)");
});
afterEach(() => server.reset());

/** The provider on the real server, in a workspace whose answers the test decides. */
function scene() {
  const world = {
    uid: randomUUID() as string,
    state: "AVAILABLE",
    status: 200,
    dialled: 0,
    superusers: new Set<string>(),
    keeps: false,
    warnings: [] as string[],
    roleTypes: new Map<string, string>(),
    rolesStatus: 200,
  };
  const answer = () => {
    if (world.status === 200) return;
    throw new WorkspaceError({
      status: world.status,
      errorCode: "ERROR",
      reason: "no answer",
      fix: "mend it",
    });
  };
  const workspace = {
    async getInstance() {
      answer();
      return { name: "orders", uid: world.uid, state: world.state, childNames: [] };
    },
    access: {
      async listRoleTypes() {
        if (world.rolesStatus === 200) return world.roleTypes;
        throw new WorkspaceError({
          status: world.rolesStatus,
          errorCode: "E",
          reason: "no roles",
          fix: "ask",
        });
      },
      isSuperuser: async (_: string, role: string) => world.superusers.has(role),
      async setSuperuser(_: string, role: string, superuser: boolean) {
        answer();
        if (superuser) world.superusers.add(role);
        else if (!world.keeps) world.superusers.delete(role);
      },
    },
  } as unknown as Workspace;
  const provider = access(undefined, {
    openWorkspace: async () => workspace,
    warn: (line) => world.warnings.push(line),
    async connect({ instanceName, databaseName }) {
      world.dialled += 1;
      if (databaseName === "gone") {
        const fix = {
          code: "3D000",
          reason: "database does not exist",
          fix: "create it",
          retry: "never" as const,
        };
        throw new ConnectionProblem("login", { instance: instanceName }, fix);
      }
      if (world.state === "STOPPED") {
        const fix = {
          code: "STOPPED",
          reason: "the instance is stopped",
          fix: "start it",
          retry: "never" as const,
        };
        throw new ConnectionProblem("state", { instance: instanceName }, fix);
      }
      return { client: await server.as(deployer), facts: { instanceUid: world.uid } as never };
    },
  });
  return { world, provider };
}

const reader = principal(ann, { grants: [{ tables: ["items"], preset: "reader" }] });
const inputs: AccessInputs = {
  instanceName: "orders",
  databaseName: "databricks_postgres",
  principals: [reader],
};
const has = async (what: string) => (await server.grantsOf([ann])).join().includes(what);

describe("creating, updating, deleting", () => {
  it("records what was made, and does nothing the second time", async () => {
    const { provider, world } = scene();
    const { id, outs } = await provider.create(inputs);
    expect(outs).toMatchObject({
      ...inputs,
      outcome: "applied",
      failure: "",
      drift: [],
      seenUid: world.uid,
      found: [],
      createdRoles: [ann],
      keptRoles: [],
    });
    expect((await provider.update(id, outs, inputs)).outs).toEqual(outs);
    expect((await provider.read(id, outs)).props).toEqual(outs);
    expect(await provider.diff(id, outs, inputs)).toMatchObject({ changes: false, replaces: [] });
    await provider.delete(id, outs);
    expect(await server.grantsOf([ann])).toEqual([]);
    expect(await server.admin("SELECT FROM pg_roles WHERE rolname = $1", [ann])).toEqual([]);
  });

  it("tells drift at refresh, which the next up mends", async () => {
    const { provider } = scene();
    const { id, outs } = await provider.create(inputs);
    await server.client.query(`REVOKE SELECT ON items FROM "${ann}"`);
    const { props } = await provider.read(id, outs);
    expect(props).toEqual({ ...outs, drift: [`${ann}: lacks SELECT on table public.items`] });
    expect(await provider.diff(id, props, inputs)).toMatchObject({ changes: true, replaces: [] });
    const mended = await provider.update(id, props, inputs);
    expect(mended.outs).toEqual(outs);
    expect(await has("items|SELECT")).toBe(true);
  });

  it("another database or instance is another resource, the old one gone first", async () => {
    const { provider } = scene();
    const { id, outs } = await provider.create(inputs);
    expect(await provider.diff(id, outs, { ...inputs, databaseName: "other" })).toEqual({
      changes: true,
      replaces: ["databaseName"],
      deleteBeforeReplace: true,
    });
  });

  it("on a new instance under the same name, the old record counts for nothing", async () => {
    const { provider, world } = scene();
    const { id, outs } = await provider.create(inputs);
    world.uid = randomUUID();
    const again = await provider.update(id, outs, inputs);
    // What is there now was there before this instance was ever looked at.
    expect(again.outs).toMatchObject({ seenUid: world.uid, granted: [], createdRoles: [] });
    await provider.delete(id, outs);
    expect(await has("items|SELECT")).toBe(true);
  });

  it("a failure is recorded with all that was done before it", async () => {
    const { provider } = scene();
    const { id, outs } = await provider.create(inputs);
    const wrong = {
      ...inputs,
      principals: [principal(ann, { grants: [{ tables: ["nope"], preset: "reader" }] })],
    };
    const failure = await provider.update(id, outs, wrong).then(
      () => expect.unreachable(),
      (error: { id: string; properties: AccessOutputs; message: string }) => error,
    );
    expect(failure).toMatchObject({
      id,
      properties: { outcome: "failed", granted: outs.granted, createdRoles: [ann] },
    });
    expect(failure.message).toMatch(
      /^access to database "databricks_postgres" of instance "[^"]*": grants name what does not exist/,
    );
    expect(await provider.diff(id, failure.properties, wrong)).toMatchObject({ changes: true });
    expect((await provider.update(id, failure.properties, inputs)).outs).toEqual(outs);
  });

  it("gives and takes databricks_superuser through the workspace, and leaves whom others put there", async () => {
    const { provider, world } = scene();
    const boss = { ...inputs, principals: [{ ...reader, databricksSuperuser: true }] };
    const { id, outs } = await provider.create(boss);
    expect([outs.superusers, [...world.superusers]]).toEqual([[ann], [ann]]);
    world.superusers.clear();
    const { props } = await provider.read(id, outs);
    expect(props.drift).toEqual([`${ann}: is not in databricks_superuser`]);
    const { outs: mended } = await provider.update(id, props, boss);
    world.keeps = true;
    await expect(provider.update(id, mended, inputs)).rejects.toThrow(
      /the service keeps ann@example.com in databricks_superuser; to fix/,
    );
    world.keeps = false;
    const { outs: less } = await provider.update(id, mended, inputs);
    expect([less.superusers, world.superusers.size]).toEqual([[], 0]);
    world.superusers.add(ann);
    const found = await provider.update(id, less, boss);
    await provider.delete(id, found.outs);
    expect([...world.superusers]).toEqual([ann]);
  });

  it("gives nothing to a role that only has the principal's name", async () => {
    const { provider, world } = scene();
    await server.admin(`CREATE ROLE "${ann}" LOGIN PASSWORD 'known-to-somebody'`);
    world.roleTypes.set(ann, "PG_ONLY");
    await expect(provider.create(inputs)).rejects.toThrow(
      /another kind of identity: ann@example.com \(PG_ONLY instead of USER\); to fix/,
    );
    expect(await server.grantsOf([ann])).toEqual([]);
    world.roleTypes.set(ann, "USER");
    await provider.create(inputs);
    world.rolesStatus = 403;
    await provider.create(inputs);
    world.rolesStatus = 500;
    await expect(provider.create(inputs)).rejects.toThrow("no roles");
  });

  it("grants that were committed stay on record when the step after them fails, and so does what it may have done", async () => {
    const { provider, world } = scene();
    world.status = 500;
    const boss = { ...inputs, principals: [{ ...reader, databricksSuperuser: true }] };
    await expect(provider.create(boss)).rejects.toMatchObject({
      properties: { outcome: "failed", createdRoles: [ann], superusers: [ann] },
    });
  });
});

describe("without a running instance", () => {
  it("declared stopped: nothing is dialled, and everything is brought about when it runs", async () => {
    const { provider, world } = scene();
    const { id, outs } = await provider.create({ ...inputs, stopped: true });
    expect(outs).toMatchObject({ outcome: "stopped", granted: [] });
    expect(await provider.diff(id, outs, { ...inputs, stopped: true })).toMatchObject({ changes: false });
    expect((await provider.read(id, outs)).props).toBe(outs);
    expect(world.dialled).toBe(0);
    expect(await provider.diff(id, outs, inputs)).toMatchObject({ changes: true });
    expect((await provider.update(id, outs, inputs)).outs).toMatchObject({
      outcome: "applied",
      createdRoles: [ann],
    });
  });

  it("found stopped: says so, with the fix", async () => {
    const { provider, world } = scene();
    world.state = "STOPPED";
    await expect(provider.create(inputs)).rejects.toThrow(
      /stage state: the instance is stopped.*to fix: start it/,
    );
  });

  it("changing principals while it is stopped fails at preview", async () => {
    const { provider } = scene();
    const stopped = { ...inputs, stopped: true };
    expect((await provider.check(stopped, stopped)).failures).toEqual([]);
    expect((await provider.check({}, stopped)).failures).toEqual([]);
    const { failures } = await provider.check(inputs, { ...stopped, principals: [] });
    expect(failures).toMatchObject([
      {
        property: "principals",
        reason: expect.stringMatching(/while the instance is stopped.*fix: set stopped to false/),
      },
    ]);
  });

  it.each([
    ["stopped", { state: "STOPPED" }],
    ["missing", { status: 404 }],
    ["being deleted", { state: "DELETING" }],
  ])("%s: a refresh is silent, and a deletion goes through", async (what, change) => {
    const { provider, world } = scene();
    const { id, outs } = await provider.create(inputs);
    Object.assign(world, change, { dialled: 0 });
    expect((await provider.read(id, outs)).props).toEqual(outs);
    await provider.delete(id, outs);
    expect(world.dialled).toBe(0);
    expect(world.warnings).toEqual(what === "stopped" ? [expect.stringContaining("stay in its data")] : []);
  });

  it("a dropped database took its grants along", async () => {
    const { provider } = scene();
    const { id, outs } = await provider.create(inputs);
    await provider.delete(id, { ...outs, databaseName: "gone" });
  });

  it("a workspace that does not answer fails a deletion, and marks a refresh", async () => {
    const { provider, world } = scene();
    const { id, outs } = await provider.create(inputs);
    world.status = 403;
    await expect(provider.delete(id, outs)).rejects.toThrow("no answer");
    const { props } = await provider.read(id, outs);
    expect(props).toMatchObject({
      outcome: "failed",
      failure: expect.stringContaining("no answer"),
      granted: outs.granted,
    });
    expect(await provider.diff(id, props, inputs)).toMatchObject({ changes: true });
  });
});

describe("previews", () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

  it("tell every problem by its path", async () => {
    const { provider } = scene();
    const { failures } = await provider.check(
      {},
      { ...inputs, instanceName: "my_db", principals: [principal("public")] },
    );
    expect(failures.map(({ property }) => property)).toEqual(["instanceName", "principals[0].name"]);
  });

  it("neither judge nor call changed what is not known yet", async () => {
    const { provider } = scene();
    const { id, outs } = await provider.create(inputs);
    const later = { ...inputs, instanceName: unknown, principals: [{ ...reader, name: unknown }] };
    expect((await provider.check(inputs, later)).failures).toEqual([]);
    expect(await provider.diff(id, outs, later)).toMatchObject({ changes: false });
    const more = { ...later, principals: [...later.principals, principal("analysts")] };
    expect(await provider.diff(id, outs, more)).toMatchObject({ changes: true });
  });

  it("renamed without an alias, what the new one found is not revoked with the old one", async () => {
    const { provider } = scene();
    const old = await provider.create(inputs);
    await provider.create(inputs);
    await provider.delete(old.id, old.outs);
    expect(await has("items|SELECT")).toBe(true);
  });
});
