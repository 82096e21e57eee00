// The app against the recorded behaviour: a wait on its compute without limit, updates without a mask, lost empty lists.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packageSchema } from "../../../local/plugin/schema.ts";
import { type PluginEngine, startPluginEngine, tokenOf } from "../support/plugin-engine.ts";
import { ME, PROBES, type ScriptedWorkspace, startScriptedWorkspace } from "../support/scripted-workspace.ts";

const APP = tokenOf("App");
const APPS = "/api/2.0/apps";

let workspace: ScriptedWorkspace;
let engine: PluginEngine;

const binding = (databaseName: string) => ({
  name: "pg",
  database: { instanceName: "inst", databaseName, permission: "CAN_CONNECT_AND_CREATE" },
});
const wire = (databaseName: string) => ({
  database: { database_name: databaseName, instance_name: "inst", permission: "CAN_CONNECT_AND_CREATE" },
  name: "pg",
});
const inputs = { name: "my-app", description: "one", resources: [binding("db1")] };
const answer = {
  name: "my-app",
  id: "1a2b",
  description: "one",
  resources: [wire("db1")],
  compute_status: { state: "ACTIVE", message: "App compute is running." },
  app_status: { state: "UNAVAILABLE", message: "" },
  create_time: "2026-01-01T00:00:00Z",
  creator: "me@example.com",
  service_principal_client_id: "11111111-2222-3333-4444-555555555555",
  service_principal_id: 777,
  service_principal_name: "app-my-app",
  update_time: "2026-01-01T00:00:00Z",
  updater: "me@example.com",
  url: "https://my-app-123.example-apps.com",
};
const starting = { ...answer, compute_status: { state: "STARTING", message: "" } };
const readOnly =
  '"service_principal_client_id":"11111111-2222-3333-4444-555555555555","service_principal_id":777,' +
  '"service_principal_name":"app-my-app","url":"https://my-app-123.example-apps.com"';

beforeEach(async () => {
  workspace = await startScriptedWorkspace({
    [`POST ${APPS}`]: { body: starting },
    [`GET ${APPS}/my-app`]: { body: answer },
    [`PATCH ${APPS}/my-app`]: ({ body }) => {
      const { resources, ...rest } = JSON.parse(body);
      const { resources: _bound, ...unbound } = answer;
      return { body: { ...unbound, ...rest, ...(resources ? { resources } : {}) } };
    },
    [`DELETE ${APPS}/my-app`]: { body: {} },
  });
  engine = await startPluginEngine({ host: workspace.url, token: "dapi-test" });
});

afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

describe("create", () => {
  it("waits until the compute is active, and takes the outputs from the last answer", async () => {
    workspace.script({ [`GET ${APPS}/my-app`]: [{ body: starting }, { body: answer }] });
    const state = await engine.up("a", APP, inputs);
    expect(workspace.takeTrace()).toEqual([
      ...PROBES,
      `POST ${APPS} {"description":"one","name":"my-app","resources":[{"database":` +
        '{"database_name":"db1","instance_name":"inst","permission":"CAN_CONNECT_AND_CREATE"},"name":"pg"}]}',
      `GET ${APPS}/my-app?`,
      `GET ${APPS}/my-app?`,
      ME,
    ]);
    expect(state.id).toBe("my-app");
    expect(state.outputs).toMatchObject({
      id: "1a2b",
      servicePrincipalClientId: "11111111-2222-3333-4444-555555555555",
      servicePrincipalId: 777,
      computeStatus: { state: "ACTIVE" },
    });
  });

  it.each([
    [true, "?no_compute=true"],
    [false, "?no_compute=false"],
    [undefined, ""],
  ])("says noCompute %s in the query only", async (noCompute, query) => {
    workspace.script({
      [`POST ${APPS}${query}`]: { body: starting },
      [`GET ${APPS}/my-app`]: { body: { ...answer, compute_status: { state: "STOPPED" } } },
    });
    await engine.up("a", APP, { name: "my-app", ...(noCompute === undefined ? {} : { noCompute }) });
    expect(workspace.takeTrace()).toContain(`POST ${APPS}${query} {"name":"my-app"}`);
  });

  it("waits for hours", async () => {
    const answers = [...Array.from({ length: 1000 }, () => ({ body: starting })), { body: answer }];
    workspace.script({ [`GET ${APPS}/my-app`]: answers });
    await engine.up("a", APP, inputs);
    expect(engine.clock.time).toBeGreaterThan(2.5 * 3600 * 1000);
  });

  it.each([
    [
      "ERROR",
      { ...answer, compute_status: { state: "ERROR", message: "boom" } },
      "error waiting for app to be active or stopped: failed to reach ACTIVE or STOPPED, got ERROR: boom",
    ],
    [
      "no status at all",
      { name: "my-app" },
      "error waiting for app to be active or stopped: the answer has no compute_status",
    ],
  ])("fails at %s, and the state does not know the app", async (_what, body, message) => {
    workspace.script({ [`GET ${APPS}/my-app`]: { body } });
    await expect(engine.up("a", APP, inputs)).rejects.toThrow(message);
    expect(engine.state.has("a")).toBe(false);
  });

  it("previews what only the service knows as unknown", async () => {
    const { unknown } = await engine.preview("a", APP, inputs);
    expect(unknown).toEqual(
      [
        ...unknownInUpdates,
        "createTime",
        "creator",
        "gitSource",
        "providerConfig",
        "servicePrincipalClientId",
        "servicePrincipalId",
        "servicePrincipalName",
        "sourceCodePath",
        "url",
      ].sort(),
    );
  });

  it("makes up a name", async () => {
    expect((await engine.check("a", APP, {})).name).toMatch(/^a-[0-9a-f]{7}$/);
  });
});

const unknownInUpdates = [
  "activeDeployment",
  "appStatus",
  "computeSize",
  "computeStatus",
  "defaultGitSource",
  "defaultSourceCodePath",
  "effectiveBudgetPolicyId",
  "effectiveUsagePolicyId",
  "effectiveUserApiScopes",
  "forwardUserAccessToken",
  "id",
  "oauth2AppClientId",
  "oauth2AppIntegrationId",
  "pendingDeployment",
  "thumbnailUrl",
  "updateTime",
  "updater",
];

describe("update", () => {
  beforeEach(async () => {
    await engine.up("a", APP, inputs);
    workspace.takeTrace();
  });

  it("has no mask, sends what is read-only, and does not wait", async () => {
    const changed = { ...inputs, description: "two", resources: [binding("db2")] };
    const step = await engine.preview("a", APP, changed);
    expect(step).toMatchObject({ operation: "update", replaces: [], unknown: unknownInUpdates });
    expect(step.outputs).toMatchObject({ url: answer.url, servicePrincipalId: 777 });
    workspace.takeTrace();
    await engine.up("a", APP, changed);
    expect(workspace.takeTrace()).toEqual([
      ...PROBES,
      ME,
      `PATCH ${APPS}/my-app {"create_time":"2026-01-01T00:00:00Z","creator":"me@example.com","description":"two",` +
        `"name":"my-app","resources":[${JSON.stringify(wire("db2"))}],${readOnly}}`,
    ]);
  });

  it("sends no resources when they leave the program, and is settled once the service unbinds", async () => {
    const { resources: _, ...without } = inputs;
    await engine.up("a", APP, without);
    expect(workspace.takeTrace().at(-1)).toBe(
      `PATCH ${APPS}/my-app {"create_time":"2026-01-01T00:00:00Z","creator":"me@example.com","description":"one",` +
        `"name":"my-app",${readOnly}}`,
    );
    expect((await engine.preview("a", APP, without)).operation).toBe("same");
  });

  it("is an update for ever when the service keeps what left the program", async () => {
    const { resources: _, ...without } = inputs;
    workspace.script({ [`PATCH ${APPS}/my-app`]: { body: answer } });
    await engine.up("a", APP, without);
    expect((await engine.preview("a", APP, without)).operation).toBe("update");
  });

  it("is an update for ever with an empty list", async () => {
    await engine.up("a", APP, { ...inputs, resources: [] });
    expect(workspace.takeTrace().at(-1)).not.toContain("resources");
    expect((await engine.preview("a", APP, { ...inputs, resources: [] })).operation).toBe("update");
  });

  it("takes another order of the resources for a change", async () => {
    const warehouse = { name: "sql", sqlWarehouse: { id: "w", permission: "CAN_USE" } };
    await engine.up("a", APP, { ...inputs, resources: [binding("db1"), warehouse] });
    const turned = { ...inputs, resources: [warehouse, binding("db1")] };
    expect((await engine.preview("a", APP, turned)).operation).toBe("update");
  });

  it("sends a PATCH without effect for another noCompute", async () => {
    const changed = { ...inputs, noCompute: true };
    expect((await engine.preview("a", APP, changed)).operation).toBe("update");
    workspace.takeTrace();
    await engine.up("a", APP, changed);
    expect(workspace.takeTrace().at(-1)).not.toContain("no_compute");
    expect((await engine.preview("a", APP, changed)).operation).toBe("same");
  });

  it("replaces under another name", async () => {
    const step = await engine.preview("a", APP, { ...inputs, name: "other" });
    expect(step).toMatchObject({ operation: "replace", replaces: ["name"] });
    expect(step.unknown).toContain("servicePrincipalClientId");
  });
});

describe("afterwards", () => {
  it("is deleted by name, and a missing one is deleted already", async () => {
    await engine.up("a", APP, inputs);
    workspace.takeTrace();
    workspace.script({ [`DELETE ${APPS}/my-app`]: { status: 404, body: { error_code: "NOT_FOUND" } } });
    await engine.destroy("a", APP);
    expect(workspace.takeTrace().at(-1)).toBe(`DELETE ${APPS}/my-app?`);
  });

  it("is imported by name, with what a program could have set", async () => {
    const imported = await engine.import("a", APP, "my-app");
    expect(imported?.inputs).toMatchObject({ name: "my-app", description: "one" });
    expect((await engine.preview("a", APP, inputs)).operation).toBe("same");
  });

  it("is in the schema without its id", () => {
    const { resources } = JSON.parse(packageSchema());
    expect(resources[APP].properties).toHaveProperty("servicePrincipalClientId");
    expect(resources[APP].properties).not.toHaveProperty("id");
  });
});
