// The database instance against what the official plugin was recorded to send and to show.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type PluginEngine, startPluginEngine, tokenOf } from "../support/plugin-engine.ts";
import {
  ME,
  PROBES,
  type ScriptedWorkspace,
  startScriptedWorkspace,
  WORKSPACE_ID,
} from "../support/scripted-workspace.ts";

const TOKEN = tokenOf("DatabaseInstance");
const MASK =
  "capacity%2Ccustom_tags%2Cenable_pg_native_login%2Cenable_readable_secondaries%2Cnode_count" +
  "%2Cretention_window_in_days%2Cstopped%2Cusage_policy_id";
const PATH = "/api/2.0/database/instances";
const PATCH = `PATCH ${PATH}/inst?update_mask=${MASK}`;
const READY = {
  name: "inst",
  state: "AVAILABLE",
  capacity: "CU_1",
  uid: "u-1",
  read_write_dns: "instance-u-1.example",
};
const COMPUTED = [
  "childInstanceRefs",
  "creationTime",
  "creator",
  "effectiveCapacity",
  "effectiveCustomTags",
  "effectiveEnablePgNativeLogin",
  "effectiveEnableReadableSecondaries",
  "effectiveNodeCount",
  "effectiveRetentionWindowInDays",
  "effectiveStopped",
  "effectiveUsagePolicyId",
  "pgVersion",
  "readOnlyDns",
  "readWriteDns",
  "state",
  "uid",
];
const UNSET = [
  "customTags",
  "enablePgNativeLogin",
  "enableReadableSecondaries",
  "nodeCount",
  "retentionWindowInDays",
  "stopped",
  "usagePolicyId",
];

let workspace: ScriptedWorkspace;
let engine: PluginEngine;

beforeEach(async () => {
  workspace = await startScriptedWorkspace({
    [`POST ${PATH}`]: { body: { ...READY, state: "STARTING" } },
    [`GET ${PATH}/inst`]: [{ body: { ...READY, state: "STARTING" } }, { body: READY }],
    [PATCH]: ({ body }) => ({ body: { ...READY, ...JSON.parse(body), state: "UPDATING" } }),
    [`DELETE ${PATH}/inst`]: {},
  });
  engine = await startPluginEngine({ host: workspace.url, token: "dapi-test" });
});

afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

/** Deploys the instance and forgets the requests. */
async function deployed(inputs: Record<string, never> | Parameters<PluginEngine["up"]>[2]): Promise<void> {
  await engine.up("i", TOKEN, { name: "inst", ...inputs });
  workspace.takeTrace();
}

describe("create", () => {
  it("sends every input, waits, then asks for the workspace id", async () => {
    const state = await engine.up("i", TOKEN, {
      capacity: "CU_1",
      customTags: [
        { key: "env", value: "dev" },
        { key: "team", value: "x" },
      ],
      enablePgNativeLogin: true,
      enableReadableSecondaries: true,
      name: "inst",
      nodeCount: 2,
      purgeOnDelete: true,
      retentionWindowInDays: 14,
      stopped: false,
      usagePolicyId: "up-1",
    });
    expect(workspace.takeTrace()).toEqual([
      ...PROBES,
      `POST ${PATH} {"capacity":"CU_1","custom_tags":[{"key":"env","value":"dev"},{"key":"team","value":"x"}],` +
        '"enable_pg_native_login":true,"enable_readable_secondaries":true,"name":"inst","node_count":2,' +
        '"retention_window_in_days":14,"stopped":false,"usage_policy_id":"up-1"}',
      `GET ${PATH}/inst?`,
      `GET ${PATH}/inst?`,
      ME,
    ]);
    expect(state.id).toBe("inst");
    expect(state.outputs).toMatchObject({
      nodeCount: 2,
      purgeOnDelete: true,
      readWriteDns: "instance-u-1.example",
      providerConfig: { workspaceId: WORKSPACE_ID },
    });
    expect(engine.clock.sleeps).toEqual([1400]);
  });

  it("previews without a request of its own: the outputs and what the program leaves out are unknown", async () => {
    const step = await engine.preview("i", TOKEN, { name: "inst", capacity: "CU_1" });
    expect(workspace.takeTrace()).toEqual(PROBES);
    expect(step.operation).toBe("create");
    expect(step.unknown).toEqual([...COMPUTED, ...UNSET, "providerConfig"].sort());
    expect(step.outputs).toMatchObject({
      name: "inst",
      capacity: "CU_1",
      purgeOnDelete: null,
      parentInstanceRef: null,
    });
  });

  it("previews a branch with what only the server can tell unknown inside it", async () => {
    const parentInstanceRef = { name: "src", branchTime: "2026-01-01T10:00:00Z" };
    const { outputs } = await engine.preview("i", TOKEN, { name: "inst", parentInstanceRef });
    expect(outputs.parentInstanceRef).toEqual({
      name: "src",
      branchTime: "2026-01-01T10:00:00Z",
      effectiveLsn: expect.any(Symbol),
      lsn: expect.any(Symbol),
      uid: expect.any(Symbol),
    });
  });

  it("waits in ever longer steps and gives up after exactly 20 minutes, leaving nothing in the state", async () => {
    workspace.script({ [`GET ${PATH}/inst`]: { body: { name: "inst", state: "STOPPED" } } });
    await expect(engine.up("i", TOKEN, { name: "inst", stopped: true })).rejects.toThrow(
      "error waiting for database_instance to be ready: timed out: current status: STOPPED",
    );
    expect(engine.clock.time).toBe(20 * 60 * 1000);
    expect(engine.clock.sleeps.slice(0, 11)).toEqual([
      1400, 2400, 3400, 4400, 5400, 6400, 7400, 8400, 9400, 10400, 10400,
    ]);
    // The recorded wait took 120 polls.
    const polls = workspace.takeTrace().filter((line) => line.startsWith("GET /api/2.0/database"));
    expect(Math.abs(polls.length - 120)).toBeLessThan(3);
    expect((await engine.preview("i", TOKEN, { name: "inst", stopped: true })).operation).toBe("create");
  });

  it.each(["UPDATING", "FAILING_OVER", "DELETING", "UPGRADING"])(
    "keeps waiting through %s",
    async (state) => {
      workspace.script({ [`GET ${PATH}/inst`]: [{ body: { name: "inst", state } }, { body: READY }] });
      await deployed({ capacity: "CU_1" });
      expect(engine.state.get("i")?.outputs.state).toBe("AVAILABLE");
    },
  );

  it("polls the collection when the answer has no name", async () => {
    workspace.script({
      [`POST ${PATH}`]: { body: {} },
      [`GET ${PATH}/`]: { status: 404, body: { error_code: "NOT_FOUND", message: "no" } },
    });
    await expect(engine.up("i", TOKEN, { name: "inst" })).rejects.toThrow(
      "database_instance to be ready: no",
    );
    expect(workspace.takeTrace().at(-1)).toBe(`GET ${PATH}/?`);
  });

  it.each([
    ["without the header", {}, 'strconv.ParseInt: parsing "": invalid syntax'],
    ["refused", { status: 403, body: { error_code: "PERMISSION_DENIED", message: "no scim" } }, "no scim"],
  ])("leaves an orphan when the question for the workspace id is answered %s", async (_, answer, reason) => {
    workspace.script({ [ME]: answer });
    await expect(engine.up("i", TOKEN, { name: "inst" })).rejects.toThrow(
      `failed to resolve workspace ID for provider_config state population: failed to get the workspace_id: ${reason}`,
    );
    expect(engine.state.size).toBe(0);
    const conflict = { error_code: "RESOURCE_ALREADY_EXISTS", message: "instance 'inst' already exists" };
    workspace.script({ [`POST ${PATH}`]: { status: 409, body: conflict } });
    await expect(engine.up("i", TOKEN, { name: "inst" })).rejects.toThrow(
      "failed to create database_instance: instance 'inst' already exists",
    );
  });

  it("asks nobody for the workspace id when the host tells it", async () => {
    workspace.script({ "GET /.well-known/databricks-config": { body: { workspace_id: "77" } } });
    await engine.up("i", TOKEN, { name: "inst" });
    expect(workspace.takeTrace()).not.toContain(ME);
    expect(engine.state.get("i")?.outputs.providerConfig).toEqual({ workspaceId: "77" });
  });

  it("names itself after the resource, with seven hex digits, case and underscores kept", async () => {
    const { name } = await engine.check("MyApp_Db", TOKEN, {});
    expect(name).toMatch(/^MyApp_Db-[0-9a-f]{7}$/);
    expect((await engine.check("MyApp_Db", TOKEN, {})).name).toBe(name);
  });
});

describe("update", () => {
  it("is one PATCH with the whole mask, without a wait; the state is the answer's", async () => {
    await deployed({ capacity: "CU_1", retentionWindowInDays: 14, stopped: true });
    await engine.up("i", TOKEN, { name: "inst", capacity: "CU_2", retentionWindowInDays: 14, stopped: true });
    expect(workspace.takeTrace()).toEqual([
      ...PROBES,
      ME,
      `${PATCH} {"capacity":"CU_2","name":"inst","retention_window_in_days":14,"stopped":true}`,
    ]);
    expect(engine.state.get("i")?.outputs.state).toBe("UPDATING");
  });

  it("previews every computed output unknown, and nothing else", async () => {
    await deployed({ capacity: "CU_1" });
    const step = await engine.preview("i", TOKEN, { name: "inst", capacity: "CU_2" });
    expect(workspace.takeTrace()).toEqual([...PROBES, ME]);
    expect(step).toMatchObject({ operation: "update", replaces: [], unknown: COMPUTED });
    expect(step.diffs).toEqual(["capacity", ...COMPUTED].sort());
    expect(step.detailed).toBeUndefined();
  });

  it("shows no change to a second identical run", async () => {
    const inputs = { name: "inst", capacity: "CU_1", nodeCount: 1, customTags: [{ key: "a", value: "b" }] };
    await deployed(inputs);
    expect((await engine.preview("i", TOKEN, inputs)).operation).toBe("same");
    expect(workspace.takeTrace()).toEqual([...PROBES, ME]);
  });

  it("keeps and re-sends what the program stops giving", async () => {
    await deployed({ capacity: "CU_1", enablePgNativeLogin: true, nodeCount: 2, retentionWindowInDays: 14 });
    expect(
      (await engine.preview("i", TOKEN, { name: "inst", capacity: "CU_1", nodeCount: 2 })).operation,
    ).toBe("same");
    workspace.takeTrace();
    await engine.up("i", TOKEN, { name: "inst", capacity: "CU_1", nodeCount: 1 });
    expect(workspace.takeTrace().at(-1)).toBe(
      `${PATCH} {"capacity":"CU_1","enable_pg_native_login":true,"name":"inst","node_count":1,"retention_window_in_days":14}`,
    );
  });

  it("updates for ever when the program omits a capacity that the server reports", async () => {
    await deployed({});
    const step = await engine.preview("i", TOKEN, { name: "inst" });
    expect(step.operation).toBe("update");
    await engine.up("i", TOKEN, { name: "inst" });
    expect((await engine.preview("i", TOKEN, { name: "inst" })).operation).toBe("update");
  });

  it("updates for ever, showing no property, when the program omits tags that the server reports", async () => {
    const tags = [{ key: "a", value: "b" }];
    workspace.script({ [`GET ${PATH}/inst`]: { body: { ...READY, custom_tags: tags } } });
    await deployed({ capacity: "CU_1" });
    for (let run = 0; run < 2; run++) {
      const step = await engine.preview("i", TOKEN, { name: "inst", capacity: "CU_1" });
      expect(step.operation).toBe("update");
      expect(step.diffs).toEqual(COMPUTED);
      workspace.takeTrace();
      await engine.up("i", TOKEN, { name: "inst", capacity: "CU_1" });
      expect(workspace.takeTrace().at(-1)).toContain('"custom_tags":[{"key":"a","value":"b"}]');
    }
  });

  it("takes the order of tags for a change", async () => {
    const [one, two] = [
      { key: "a", value: "1" },
      { key: "b", value: "2" },
    ];
    await deployed({ capacity: "CU_1", customTags: [one, two] });
    const step = await engine.preview("i", TOKEN, { name: "inst", capacity: "CU_1", customTags: [two, one] });
    expect(step.operation).toBe("update");
  });

  it("clears tags by naming them in the mask only, and keeps the empty list in the state", async () => {
    await deployed({ capacity: "CU_1", customTags: [{ key: "a", value: "b" }] });
    workspace.script({ [PATCH]: { body: { ...READY, custom_tags: [{ key: "a", value: "b" }] } } });
    await engine.up("i", TOKEN, { name: "inst", capacity: "CU_1", customTags: [] });
    expect(workspace.takeTrace().at(-1)).toBe(`${PATCH} {"capacity":"CU_1","name":"inst"}`);
    expect(engine.state.get("i")?.outputs.customTags).toEqual([]);
    expect(
      (await engine.preview("i", TOKEN, { name: "inst", capacity: "CU_1", customTags: [] })).operation,
    ).toBe("same");
  });

  it("plans a new name as an update in place, of an object that is not there", async () => {
    await deployed({ capacity: "CU_1" });
    const missing = { error_code: "NOT_FOUND", message: "instance new does not exist" };
    workspace.script({ [`PATCH ${PATH}/new?update_mask=${MASK}`]: { status: 404, body: missing } });
    expect((await engine.preview("i", TOKEN, { name: "new", capacity: "CU_1" })).operation).toBe("update");
    await expect(engine.up("i", TOKEN, { name: "new", capacity: "CU_1" })).rejects.toThrow(
      "failed to update database_instance: instance new does not exist",
    );
  });

  it("sends a PATCH with nothing new when purgeOnDelete is toggled", async () => {
    await deployed({ capacity: "CU_1" });
    await engine.up("i", TOKEN, { name: "inst", capacity: "CU_1", purgeOnDelete: true });
    expect(workspace.takeTrace().at(-1)).toBe(`${PATCH} {"capacity":"CU_1","name":"inst"}`);
  });
});

describe("refresh and delete", () => {
  it("takes in computed drift without a change to the program", async () => {
    await deployed({ capacity: "CU_1", nodeCount: 1 });
    workspace.script({
      [`GET ${PATH}/inst`]: { body: { ...READY, state: "UPGRADING", effective_node_count: 3 } },
    });
    const refreshed = await engine.refresh("i", TOKEN);
    expect(workspace.takeTrace()).toEqual([...PROBES, ME, `GET ${PATH}/inst?`]);
    expect(refreshed?.outputs).toMatchObject({ state: "UPGRADING", effectiveNodeCount: 3, nodeCount: 1 });
    expect(refreshed?.inputs).toEqual({ name: "inst", capacity: "CU_1", nodeCount: 1 });
    const step = await engine.preview("i", TOKEN, { name: "inst", capacity: "CU_1", nodeCount: 1 });
    expect(step.operation).toBe("same");
  });

  it("shows drift of the capacity, which the next run reverts", async () => {
    await deployed({ capacity: "CU_1" });
    workspace.script({ [`GET ${PATH}/inst`]: { body: { ...READY, capacity: "CU_4" } } });
    expect((await engine.refresh("i", TOKEN))?.inputs.capacity).toBe("CU_4");
    const step = await engine.preview("i", TOKEN, { name: "inst", capacity: "CU_1" });
    expect(step.diffs).toContain("capacity");
  });

  it("drops what is gone", async () => {
    await deployed({ capacity: "CU_1" });
    workspace.script({
      [`GET ${PATH}/inst`]: { status: 404, body: { message: "instance inst does not exist" } },
    });
    expect(await engine.refresh("i", TOKEN)).toBeNull();
  });

  it.each([
    [undefined, ""],
    [false, ""],
    [true, "purge=true"],
  ])("deletes with purgeOnDelete %s in the state as ?%s", async (purgeOnDelete, query) => {
    await deployed({ capacity: "CU_1", ...(purgeOnDelete === undefined ? {} : { purgeOnDelete }) });
    workspace.script({ [`DELETE ${PATH}/inst?purge=true`]: {} });
    await engine.destroy("i", TOKEN);
    expect(workspace.takeTrace()).toEqual([...PROBES, ME, `DELETE ${PATH}/inst?${query}`]);
  });

  it("takes a missing instance for deleted, and shows any other refusal", async () => {
    await deployed({ capacity: "CU_1" });
    const old = engine.state.get("i")!;
    workspace.script({ [`DELETE ${PATH}/inst`]: { status: 404, body: { message: "gone" } } });
    await engine.destroy("i", TOKEN);
    engine.state.set("i", old);
    workspace.script({ [`DELETE ${PATH}/inst`]: { status: 400, body: { message: "it has children" } } });
    await expect(engine.destroy("i", TOKEN)).rejects.toThrow(
      "failed to delete database_instance: it has children",
    );
  });
});
