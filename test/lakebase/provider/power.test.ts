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
    async updateInstance(name: string, changes: object) {
      requests.push(`update ${name} ${JSON.stringify(changes)}`);
      left = afterChange;
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

  it("sends nothing to another instance of the name than the declared one", async () => {
    const { provider, requests } = workspaceWith(["AVAILABLE"], ["STOPPED"]);
    const other = { ...inputs, instanceUid: "uid-2", stopped: true, settings: { capacity: "CU_8" } };
    await expect(provider.create(other)).rejects.toThrow(
      /https:\/\/a\.example has another instance of that name \(id uid-1, declared is uid-2\).*fix: point databricks:host/,
    );
    expect(requests).toEqual([]);
    expect((await provider.create({ ...inputs, instanceUid: "uid-1" })).outs.state).toBe("AVAILABLE");
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

  it("brings about a setting that the provider did not, and waits", async () => {
    const { provider, requests } = workspaceWith(["AVAILABLE"], ["UPDATING", "AVAILABLE"]);
    const settings = { capacity: "CU_4", nodeCount: 2, customTags: {} };
    const { outs } = await provider.update("id", {} as never, { ...inputs, settings });
    expect(requests).toEqual(['update orders {"capacity":"CU_4"}']);
    expect(outs).toMatchObject({ state: "AVAILABLE", settings });
  });

  it.each([
    ["leaves a stop to another resource", "update", "AVAILABLE", true, []],
    ["starts nothing that is to stay stopped", "update", "STOPPED", true, []],
    ["starts", "update", "STOPPED", false, ["start orders"]],
    ["starts what is made along with something that needs it", "create", "STOPPED", true, ["start orders"]],
  ] as const)("only starting: %s", async (_, operation, state, stopped, asked) => {
    const { provider, requests } = workspaceWith([state], ["AVAILABLE"]);
    const news = { ...inputs, stopped, startOnly: true, needsRunning: { catalog: "gold" } };
    if (operation === "create") await provider.create(news);
    else await provider.update("id", {} as never, news);
    expect(requests).toEqual(asked);
  });

  it("waits for a resize without asking for anything", async () => {
    const { provider, requests } = workspaceWith(["UPDATING", "UPDATING", "AVAILABLE"]);
    await provider.update("id", {} as never, { ...inputs, settings: { nodeCount: 2 } });
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
    const olds = { ...(await recorded()), settings: { nodeCount: 1, capacity: "CU_1" } };
    expect(
      await provider.diff("id", olds, { ...inputs, settings: { capacity: "CU_1", nodeCount: 1 } }),
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

describe("a change that needs the instance running", () => {
  const stopped = { ...inputs, stopped: true, startOnly: true, needsRunning: { catalog: "gold" } };
  const news = { ...stopped, needsRunning: { catalog: "silver" } };
  const olds = async (state = "STOPPED") =>
    (await workspaceWith([state]).provider.update("id", {} as never, stopped)).outs;

  it("is refused at preview while the instance stays stopped", async () => {
    const { provider } = workspaceWith(["STOPPED"]);
    await expect(provider.diff("id", await olds(), news)).rejects.toThrow(
      /"orders" is stopped and stays stopped.*catalog \(gold → silver\).*stopped: false/s,
    );
  });

  it.each([
    ["it is started", ["STOPPED"], { ...news, stopped: false }],
    ["it runs, because the last deployment did not come to its end", ["AVAILABLE"], news],
    ["something is only removed", ["STOPPED"], { ...stopped, needsRunning: {} }],
  ])("is let through when %s", async (_, states, changed) => {
    const { provider } = workspaceWith(states);
    expect((await provider.diff("id", await olds(), changed)).changes).toBe(true);
  });

  it("is refused by the record when the workspace does not answer", async () => {
    const { provider } = workspaceWith(["missing"]);
    await expect(provider.diff("id", await olds(), news)).rejects.toThrow("stays stopped");
  });
});

describe("a usage policy that is removed from the program", () => {
  it("is refused at preview, since nothing takes it off the instance", async () => {
    const { provider } = workspaceWith(["AVAILABLE"]);
    const settings = { capacity: "CU_1", usagePolicyId: "p-1" };
    const { outs } = await provider.create({ ...inputs, settings });
    await expect(provider.diff("id", outs, inputs)).rejects.toThrow(/usagePolicyId.*before: "p-1"/s);
    const exchanged = { ...inputs, settings: { ...settings, usagePolicyId: "p-2" } };
    expect((await provider.diff("id", outs, exchanged)).changes).toBe(true);
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

  it("tells that somebody changed a setting, so that the next `up` mends it", async () => {
    const settings = { capacity: "CU_2", nodeCount: 2 };
    const olds = { ...(await recorded()), settings };
    const { provider } = workspaceWith(["AVAILABLE"]);
    const { props } = await provider.read("id", olds);
    expect(props.settings).toEqual({ capacity: "CU_1", nodeCount: 2 });
    expect((await provider.diff("id", props, { ...inputs, settings })).changes).toBe(true);
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
