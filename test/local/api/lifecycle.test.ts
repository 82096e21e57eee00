// State transitions under the moved clock: nothing happens before its time, everything at it, and restarts resume.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { InMemoryPostgres } from "../support/in-memory-postgres.ts";
import { startApiWorkspace, type TestWorkspace } from "../support/workspace.ts";

const path = "/api/2.0/database/instances";
const frozen = Date.UTC(2026, 0, 1);
const delays = {
  starting: 60_000,
  updating: 50_000,
  stopping: 40_000,
  deleting: 30_000,
  failingOver: 20_000,
};

let dataDir: string;
let api: TestWorkspace & { postgres: InMemoryPostgres };

const start = async (prepare?: (postgres: InMemoryPostgres) => void): Promise<void> => {
  api = await startApiWorkspace({ dataDir, delays, realTime: () => frozen }, prepare);
};
const restart = async (prepare?: (postgres: InMemoryPostgres) => void): Promise<void> => {
  await api[Symbol.asyncDispose]();
  await start(prepare);
};
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "lifecycle-"));
  await start();
});
afterEach(async () => {
  await api[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

const advance = async (seconds: number): Promise<void> => {
  expect((await api.call("POST", "/local/clock", { advance_seconds: seconds })).status).toBe(200);
};
const stateOf = async (name = "orders"): Promise<unknown> => {
  const { status, body } = await api.call("GET", `${path}/${name}`);
  return status === 404 ? undefined : body.state;
};
/** The state holds until just before its time, and changes at it. */
const expectTransition = async (
  during: string,
  seconds: number,
  after: string | undefined,
): Promise<void> => {
  expect(await stateOf()).toBe(during);
  await advance(seconds - 0.001);
  expect(await stateOf()).toBe(during);
  await advance(0.001);
  expect(await stateOf()).toBe(after);
};
const create = (body: object = {}): Promise<unknown> => api.call("POST", path, { name: "orders", ...body });
const available = async (body: object = {}): Promise<void> => {
  await create(body);
  await advance(60);
  expect(await stateOf()).toBe("AVAILABLE");
  api.postgres.calls.length = 0;
};
const verbs = (): string[] => api.postgres.calls.map((call) => call.replace(/ [0-9a-f-]{36}/, ""));
const update = (body: object): ReturnType<typeof api.call> => api.call("PATCH", `${path}/orders`, body);

describe("transitions", () => {
  test("create: STARTING, then AVAILABLE with a running server", async () => {
    await create();
    expect(verbs()).toEqual([]);
    await expectTransition("STARTING", 60, "AVAILABLE");
    expect(verbs()).toEqual(["endpoints rw", "start"]);
  });

  test("create as stopped: settles in STOPPED and is never AVAILABLE", async () => {
    await create({ stopped: true });
    await expectTransition("STARTING", 60, "STOPPED");
    expect(verbs()).toEqual([]);
    await advance(3600);
    expect(await stateOf()).toBe("STOPPED");
  });

  test("stop and start", async () => {
    await available();
    expect((await update({ stopped: true })).body).toMatchObject({
      state: "UPDATING",
      effective_stopped: true,
    });
    await expectTransition("UPDATING", 40, "STOPPED");
    expect(verbs()).toEqual(["stop"]);
    expect((await update({ stopped: false })).body).toMatchObject({
      state: "STARTING",
      effective_stopped: false,
    });
    await expectTransition("STARTING", 60, "AVAILABLE");
    expect(verbs()).toEqual(["stop", "endpoints rw", "start"]);
  });

  test("resize restarts the compute", async () => {
    await available({ capacity: "CU_1" });
    await update({ capacity: "CU_2" });
    await expectTransition("UPDATING", 50, "AVAILABLE");
    expect(verbs()).toEqual(["stop", "start", "endpoints rw"]);
  });

  test("more nodes and readable secondaries do not", async () => {
    await available();
    await update({ node_count: 2, enable_readable_secondaries: true });
    await expectTransition("UPDATING", 50, "AVAILABLE");
    expect(verbs()).toEqual(["endpoints rw+ro"]);
  });

  test.each([{ retention_window_in_days: 9 }, { custom_tags: [{ key: "a" }] }, { usage_policy_id: "p" }, {}])(
    "%j changes no compute",
    async (body) => {
      await available();
      expect((await update(body)).body.state).toBe("AVAILABLE");
      expect(verbs()).toEqual([]);
    },
  );

  test("a stopped instance takes a new size for its next start", async () => {
    await create({ stopped: true, capacity: "CU_1" });
    await advance(60);
    expect((await update({ capacity: "CU_8" })).body).toMatchObject({ state: "STOPPED", capacity: "CU_8" });
    expect(verbs()).toEqual([]);
  });

  test("failover restarts the compute, and needs a second node", async () => {
    await available({ node_count: 2 });
    expect((await api.call("POST", `${path}/orders/failover`)).body.state).toBe("FAILING_OVER");
    await expectTransition("FAILING_OVER", 20, "AVAILABLE");
    expect(verbs()).toEqual(["stop", "start", "endpoints rw"]);
    await update({ node_count: 1 });
    await advance(50);
    const refused = await api.call("POST", `${path}/orders/failover`);
    expect(refused).toMatchObject({ status: 400, body: { error_code: "INVALID_STATE" } });
    const unknown = { failover_target_database_instance_name: "nope" };
    expect((await api.call("POST", `${path}/orders/failover`, unknown)).status).toBe(404);
  });

  test("delete: connections end at once, the name is free after its time", async () => {
    await available();
    expect((await api.call("DELETE", `${path}/orders`)).status).toBe(200);
    await api.workspace.settled();
    expect(await create()).toMatchObject({ status: 409 });
    expect((await api.call("DELETE", `${path}/orders`)).status).toBe(200);
    await expectTransition("DELETING", 30, undefined);
    expect(verbs()).toEqual(["stop", "destroy"]);
    expect(await create()).toMatchObject({ status: 200 });
  });

  test("delete while STARTING takes over", async () => {
    await create();
    await api.call("DELETE", `${path}/orders`);
    await expectTransition("DELETING", 30, undefined);
    await advance(60);
    expect(verbs()).toEqual(["destroy"]);
  });

  test.each(["STARTING", "UPDATING", "DELETING"])("%s refuses changes of settings", async (state) => {
    await create();
    if (state !== "STARTING") await advance(60);
    if (state === "UPDATING") await update({ capacity: "CU_4" });
    if (state === "DELETING") await api.call("DELETE", `${path}/orders`);
    const { status, body } = await update({ capacity: "CU_8" });
    expect({ status, code: body.error_code }).toEqual({ status: 400, code: "INVALID_STATE" });
    expect(body.message).toBe(
      `Database instance 'orders' is in state ${state}; this requires AVAILABLE or STOPPED.`,
    );
    const clone = { name: "clone", parent_instance_ref: { name: "orders" } };
    expect((await api.call("POST", path, clone)).body.error_code).toBe("INVALID_STATE");
  });
});

describe("restart", () => {
  test("goes on with a half-done transition, at its own time", async () => {
    await create();
    await advance(59);
    await restart();
    await expectTransition("STARTING", 1, "AVAILABLE");
  });

  test("starts what was running and nothing else", async () => {
    await available();
    await api.call("POST", path, { name: "idle", stopped: true });
    await advance(60);
    await restart();
    expect(verbs()).toEqual(["start"]);
    expect([await stateOf("orders"), await stateOf("idle")]).toEqual(["AVAILABLE", "STOPPED"]);
  });

  test("ends a deletion whose time came meanwhile", async () => {
    await available();
    await api.call("DELETE", `${path}/orders`);
    await restart();
    await advance(30);
    expect(await stateOf()).toBeUndefined();
    expect(verbs()).toEqual(["destroy"]);
  });

  test("ends the deletion of a parent and its clone that was cut off at different points", async () => {
    await available();
    await api.call("POST", path, { name: "clone", parent_instance_ref: { name: "orders" } });
    await advance(60);
    await api.call("DELETE", `${path}/orders?force=true`);
    await restart();
    await advance(30);
    expect([await stateOf("orders"), await stateOf("clone")]).toEqual([undefined, undefined]);
    expect(verbs()).toEqual(["destroy", "destroy"]);
  });

  test("keeps the moved clock, the workspace's id and its token", async () => {
    await advance(1000);
    const before = { id: (await me()).headers.get("x-databricks-org-id"), token: api.workspace.token };
    await restart();
    expect((await api.call("GET", "/local/clock")).body).toEqual({
      now: "2026-01-01T00:16:40Z",
      offset_seconds: 1000,
    });
    expect({ id: (await me()).headers.get("x-databricks-org-id"), token: api.workspace.token }).toEqual(
      before,
    );
    expect(before.id).toMatch(/^\d{16}$/);
  });
});

const me = (): ReturnType<typeof api.call> => api.call("GET", "/api/2.0/preview/scim/v2/Me");

/** Its starts fail, the first `failures` of them. */
const breakStarts = (postgres: InMemoryPostgres, failures: number): void => {
  const { start: works } = postgres;
  let left = failures;
  postgres.start = async (uid) => {
    if (left-- > 0) throw new Error("no space left on device");
    await works(uid);
  };
};

test("a server that does not start with the workspace makes its instance STARTING, and is tried again", async () => {
  await available();
  await restart((postgres) => breakStarts(postgres, 1));
  expect(await stateOf()).toBe("STARTING");
  expect(api.lines).toContain("instance orders: cannot be started: no space left on device");
  await advance(60);
  expect(await stateOf()).toBe("AVAILABLE");
  expect(verbs()).toEqual(["endpoints rw", "start"]);
});

test("the clock's move does not wait for what keeps failing", async () => {
  breakStarts(api.postgres, Number.POSITIVE_INFINITY);
  await create();
  await advance(60);
  expect(await stateOf()).toBe("STARTING");
  await advance(60);
  expect(api.lines.join("\n")).toContain("no space left on device; trying again in 2 s");
});

test("a cluster that fails to start is tried again", async () => {
  breakStarts(api.postgres, 1);
  await create();
  await advance(60);
  expect(await stateOf()).toBe("AVAILABLE");
  expect(api.lines.join("\n")).toContain("instance orders: no space left on device; trying again in 1 s");
});
