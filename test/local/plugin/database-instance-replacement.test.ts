// What replaces a database instance: its reference to a parent, and the workspace it is in.

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
const PATH = "/api/2.0/database/instances";
const READY = { name: "inst", state: "AVAILABLE", capacity: "CU_1" };

let workspace: ScriptedWorkspace;
let engine: PluginEngine;

beforeEach(async () => {
  workspace = await startScriptedWorkspace({
    [`POST ${PATH}`]: { body: { ...READY, state: "STARTING" } },
    [`GET ${PATH}/inst`]: { body: READY },
  });
  engine = await startPluginEngine({ host: workspace.url, token: "dapi-test" });
});

afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

/** Deploys the instance and forgets the requests. */
async function deployed(inputs: Parameters<PluginEngine["up"]>[2]): Promise<void> {
  await engine.up("i", TOKEN, { name: "inst", ...inputs });
  workspace.takeTrace();
}

describe("a branch", () => {
  const reference = { name: "src", branchTime: "2026-01-01T10:00:00Z" };
  const inputs = { name: "inst", capacity: "CU_1", parentInstanceRef: reference };
  const enriched = {
    branch_time: reference.branchTime,
    effective_lsn: "0/1",
    lsn: "0/1",
    name: "src",
    uid: "u-src",
  };

  beforeEach(async () => {
    workspace.script({ [`GET ${PATH}/inst`]: { body: { ...READY, parent_instance_ref: enriched } } });
    await engine.up("i", TOKEN, inputs);
  });

  it("is created with its reference, and what the server adds to it is no change", async () => {
    expect(workspace.takeTrace()[2]).toBe(
      `POST ${PATH} {"capacity":"CU_1","name":"inst","parent_instance_ref":{"branch_time":"2026-01-01T10:00:00Z","name":"src"}}`,
    );
    expect((await engine.preview("i", TOKEN, inputs)).operation).toBe("same");
  });

  it.each([
    ["another time", { ...reference, branchTime: "2026-01-01T11:00:00Z" }],
    ["the same time written otherwise", { ...reference, branchTime: "2026-01-01T10:00:00+00:00" }],
    ["no time", { name: "src" }],
    ["no reference", null],
  ])("is replaced for %s", async (_, parentInstanceRef) => {
    const step = await engine.preview("i", TOKEN, { ...inputs, parentInstanceRef });
    expect(step).toMatchObject({ operation: "replace", replaces: ["parentInstanceRef"] });
  });

  it("creates before it deletes, under the same name", async () => {
    workspace.takeTrace();
    workspace.script({
      [`POST ${PATH}`]: { status: 409, body: { message: "instance 'inst' already exists" } },
    });
    await expect(engine.up("i", TOKEN, { ...inputs, parentInstanceRef: null })).rejects.toThrow(
      "already exists",
    );
    expect(workspace.takeTrace().at(-1)).toBe(`POST ${PATH} {"capacity":"CU_1","name":"inst"}`);
  });

  // Not recorded; follows from how the framework marks unknowns before it asks for replacements.
  it("is replaced by any other change, because the server's part of the reference becomes unknown", async () => {
    const step = await engine.preview("i", TOKEN, { ...inputs, capacity: "CU_2" });
    expect(step.replaces).toEqual(["parentInstanceRef"]);
  });
});

describe("the workspace", () => {
  it("replaces when the stack is pointed at another one", async () => {
    await deployed({ capacity: "CU_1" });
    workspace.script({
      [ME]: { body: { id: "1", userName: "me" }, headers: { "X-Databricks-Org-Id": "42" } },
    });
    const step = await engine.preview("i", TOKEN, { name: "inst", capacity: "CU_1" });
    expect(step).toMatchObject({
      operation: "replace",
      replaces: ["providerConfig"],
      diffs: ["providerConfig"],
    });
  });

  it("refuses to plan when it cannot be told, and to read or delete", async () => {
    await deployed({ capacity: "CU_1" });
    workspace.script({ [ME]: { status: 403, body: { message: "no scim" } } });
    await expect(engine.preview("i", TOKEN, { name: "inst", capacity: "CU_1" })).rejects.toThrow(
      `Missing workspace_id - resource has provider_config.workspace_id = ${WORKSPACE_ID} in state but no workspace_id`,
    );
    const reason = "failed to validate workspace_id: failed to get the workspace_id: no scim";
    await expect(engine.refresh("i", TOKEN)).rejects.toThrow(reason);
    await expect(engine.destroy("i", TOKEN)).rejects.toThrow(reason);
  });

  it("is made sure of before the first request when the provider names one", async () => {
    await using named = await startPluginEngine({ host: workspace.url, token: "t", workspaceId: "42" });
    await expect(named.up("i", TOKEN, { name: "inst" })).rejects.toThrow(
      `workspace_id mismatch: provider is configured for workspace ${WORKSPACE_ID} but got 42 in provider_config`,
    );
    expect(workspace.takeTrace()).toEqual([...PROBES, ME]);
  });

  it("is made sure of before the create, and not asked for after it, when the resource names it", async () => {
    await engine.up("i", TOKEN, { name: "inst", providerConfig: { workspaceId: WORKSPACE_ID } });
    const trace = workspace.takeTrace();
    expect(trace[2]).toBe(ME);
    expect(trace.filter((line) => line === ME)).toHaveLength(1);
    const step = await engine.preview("i", TOKEN, { name: "inst", providerConfig: { workspaceId: "42" } });
    expect(step).toMatchObject({ operation: "replace", replaces: ["providerConfig"] });
  });
});
