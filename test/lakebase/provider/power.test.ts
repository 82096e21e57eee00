// Power as a resource: one request at most, then waiting; refresh tells who switched.
import { describe, expect, it } from "vitest";
import { type PowerInputs, power } from "../../../lakebase/provider/index.ts";
import { type DatabaseInstance, type Workspace, WorkspaceError } from "../../../lakebase/workspace/index.ts";

const inputs: PowerInputs = { instanceName: "orders", stopped: false, settings: { capacity: "CU_1" } };

/** A workspace whose instance goes through the given states, one at each look; a power change starts the second list. */
function workspaceWith(states: string[], afterChange: string[] = []) {
  const requests: string[] = [];
  let left = states;
  const instance = (state: string): DatabaseInstance => ({
    name: "orders",
    uid: "uid-1",
    state,
    capacity: "CU_1",
    readWriteDns: "instance-1.example",
    childNames: [],
  });
  const next = () => instance(left.length > 1 ? (left.shift() as string) : (left[0] as string));
  const workspace = {
    host: "https://a.example",
    async getInstance() {
      const [state] = left;
      if (state === "missing")
        throw new WorkspaceError({
          status: 404,
          errorCode: "RESOURCE_DOES_NOT_EXIST",
          reason: "instance orders does not exist",
          fix: "create it",
        });
      return next();
    },
    async setInstanceStopped(name: string, stopped: boolean) {
      requests.push(`${stopped ? "stop" : "start"} ${name}`);
      left = afterChange;
      return next();
    },
  } as unknown as Workspace;
  return { provider: power(undefined, async () => workspace), requests };
}

describe("creating and updating", () => {
  it("asks for nothing when the instance has the wanted state", async () => {
    const { provider, requests } = workspaceWith(["AVAILABLE"]);
    const { id, outs } = await provider.create(inputs);
    expect(id).toMatch(/^power-/);
    expect(outs).toEqual({
      ...inputs,
      uid: "uid-1",
      state: "AVAILABLE",
      readWriteDns: "instance-1.example",
      readOnlyDns: "",
    });
    expect(requests).toEqual([]);
  });

  it.each([
    ["starts", false, ["STOPPED"], ["STARTING", "AVAILABLE"], "AVAILABLE", "start orders"],
    ["stops", true, ["AVAILABLE"], ["UPDATING", "STOPPED"], "STOPPED", "stop orders"],
    ["stops after a resize", true, ["UPDATING", "AVAILABLE"], ["STOPPED"], "STOPPED", "stop orders"],
    [
      "starts through a state that it has never heard of",
      false,
      ["STOPPED"],
      ["REHEATING", "AVAILABLE"],
      "AVAILABLE",
      "start orders",
    ],
  ])("%s, and waits", async (_, stopped, states, afterChange, state, request) => {
    const { provider, requests } = workspaceWith(states, afterChange);
    const { outs } = await provider.update("id", {} as never, { ...inputs, stopped });
    expect(outs).toMatchObject({ stopped, state });
    expect(requests).toEqual([request]);
  });

  it("waits for a resize without asking for anything", async () => {
    const { provider, requests } = workspaceWith(["UPDATING", "UPDATING", "AVAILABLE"]);
    await provider.update("id", {} as never, { ...inputs, settings: { capacity: "CU_2" } });
    expect(requests).toEqual([]);
  });

  it("records a failure so that the next `up` tries again", async () => {
    const { provider } = workspaceWith(["DELETING"]);
    const failure = await provider
      .create({ ...inputs, __provider: "text" } as PowerInputs)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      id: expect.stringMatching(/^power-/),
      properties: { ...inputs, __provider: "text" },
      reasons: [expect.stringContaining("is being deleted")],
    });
  });
});

describe("what runs it again", () => {
  const recorded = async () => (await workspaceWith(["AVAILABLE"]).provider.create(inputs)).outs;
  const { provider } = workspaceWith(["AVAILABLE"]);

  it("is not an unchanged program, whatever the order of its settings", async () => {
    const olds = { ...(await recorded()), settings: { nodeCount: "1", capacity: "CU_1" } };
    expect(
      await provider.diff("id", olds, { ...inputs, settings: { capacity: "CU_1", nodeCount: "1" } }),
    ).toEqual({ changes: false, replaces: [] });
  });

  it.each<[string, Partial<PowerInputs>]>([
    ["power", { stopped: true }],
    ["a setting", { settings: { capacity: "CU_2" } }],
    ["the instance behind the name", { instanceUid: "uid-2" }],
  ])("is a change of %s", async (_, change) => {
    expect((await provider.diff("id", await recorded(), { ...inputs, ...change })).changes).toBe(true);
  });
});

describe("refresh", () => {
  const recorded = async () => (await workspaceWith(["AVAILABLE"]).provider.create(inputs)).outs;

  it("tells that somebody stopped the instance, so that the next `up` starts it", async () => {
    const { provider } = workspaceWith(["STOPPED"]);
    const { props } = await provider.read("id", await recorded());
    expect(props).toMatchObject({ stopped: true, state: "STOPPED" });
    expect((await provider.diff("id", props, inputs)).changes).toBe(true);
  });

  it.each(["UPDATING", "STARTING", "UPGRADING", "missing"])(
    "takes %s for no change of power",
    async (state) => {
      const olds = await recorded();
      const { provider } = workspaceWith([state]);
      expect((await provider.read("id", olds)).props).toBe(olds);
    },
  );

  it("fails when the workspace cannot be asked", async () => {
    const provider = power(undefined, async () => {
      throw new WorkspaceError({ errorCode: "UNREACHABLE", reason: "no answer", fix: "check the address" });
    });
    await expect(provider.read("id", await recorded())).rejects.toThrow("no answer");
  });
});
