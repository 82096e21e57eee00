// The pipeline of several synced tables, as a resource that holds on to it.
import { describe, expect, it } from "vitest";
import { type PipelineInputs, pipeline } from "../../../lakebase/provider/index.ts";
import type { Workspace } from "../../../lakebase/workspace/index.ts";

const inputs: PipelineInputs = {
  tableName: "c.s.a",
  members: { "c.s.a": "SNAPSHOT of x", "c.s.b": "SNAPSHOT of y" },
};
const recorded = { ...inputs, pipelineId: "p-1" };
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A workspace whose first table has these pipelines, one at each look. */
function providerWith(ids: string[], existing: string[] = []) {
  const left = [...ids];
  const workspace = {
    host: "https://a.example",
    syncedTables: {
      get: async () => ({
        pipelineId: (left.length > 1 ? left.shift() : left[0]) ?? "",
        state: "X",
        message: "later",
      }),
      hasPipeline: async (id: string) => existing.includes(id),
    },
  } as unknown as Workspace;
  return pipeline(undefined, async () => workspace);
}

describe("the pipeline", () => {
  it("is the first table's, as soon as it has one", async () => {
    const { outs } = await providerWith(["", "p-1"]).create(inputs);
    expect(outs).toEqual(recorded);
  });

  it("is kept while it exists, whatever the first table has", async () => {
    const provider = providerWith(["p-2"], ["p-1"]);
    expect((await provider.update("id", recorded, inputs)).outs.pipelineId).toBe("p-1");
  });

  it("is the first table's again once it is gone", async () => {
    expect((await providerWith(["p-2"]).update("id", recorded, inputs)).outs.pipelineId).toBe("p-2");
  });

  it("is waited for no longer than the deadline", async () => {
    await expect(
      providerWith([""]).create({ ...inputs, deadlineSeconds: 0, __provider: "shell" } as never),
    ).rejects.toMatchObject({
      name: "RecordedFailure",
      properties: { ...inputs, __provider: "shell", pipelineId: "" },
      message: expect.stringContaining('synced table "c.s.a" is X and has no pipeline'),
    });
  });

  it.each<[string, object, Partial<PipelineInputs>, boolean]>([
    ["nothing", {}, {}, false],
    ["a further table", {}, { members: { ...inputs.members, "c.s.c": "SNAPSHOT of z" } }, false],
    ["its first table removed", {}, { tableName: "c.s.b", members: { "c.s.b": "SNAPSHOT of y" } }, false],
    ["one table replaced", {}, { members: { ...inputs.members, "c.s.a": "SNAPSHOT of other" } }, false],
    ["every table replaced", {}, { members: { "c.s.a": "SNAPSHOT of other" } }, true],
    ["members that are not known yet", {}, { members: unknown as never }, false],
    ["a pipeline that is gone", { pipelineId: "" }, {}, true],
  ])("with %s: changed %s", async (_, olds, news, changes) => {
    const provider = providerWith([]);
    expect(await provider.diff("id", { ...recorded, ...olds }, { ...inputs, ...news })).toEqual({
      changes,
      replaces: [],
    });
  });

  it("is seen to be gone by a refresh", async () => {
    expect((await providerWith([], ["p-1"]).read("id", recorded)).props).toEqual(recorded);
    expect((await providerWith([]).read("id", recorded)).props.pipelineId).toBe("");
  });
});
