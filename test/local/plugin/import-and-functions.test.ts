// Imports and functions (look-ups) against the recorded behaviour.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UNKNOWN } from "../../../local/plugin/protocol/values.ts";
import { type PluginEngine, startPluginEngine, tokenOf } from "../support/plugin-engine.ts";
import {
  ME,
  PROBES,
  type ScriptedWorkspace,
  startScriptedWorkspace,
  WORKSPACE_ID,
} from "../support/scripted-workspace.ts";

const INSTANCES = "/api/2.0/database/instances";
const INSTANCE = { name: "inst", state: "AVAILABLE", capacity: "CU_1", effective_node_count: 1 };

let workspace: ScriptedWorkspace;
let engine: PluginEngine;

beforeEach(async () => {
  workspace = await startScriptedWorkspace({
    [`GET ${INSTANCES}/inst`]: { body: INSTANCE },
    [`GET ${INSTANCES}/nope`]: { status: 404, body: { message: "instance nope does not exist" } },
    "GET /api/2.0/database/catalogs/pgcat": {
      body: { name: "pgcat", database_name: "db", database_instance_name: "inst" },
    },
    "GET /api/2.0/database/synced_tables/pgcat.public.t": { body: { name: "pgcat.public.t" } },
  });
  engine = await startPluginEngine({ host: workspace.url, token: "dapi-test" });
});

afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

describe("import", () => {
  it.each([
    ["DatabaseInstance", "inst", `GET ${INSTANCES}/inst?`, { name: "inst", capacity: "CU_1" }],
    [
      "DatabaseDatabaseCatalog",
      "pgcat",
      "GET /api/2.0/database/catalogs/pgcat?",
      { name: "pgcat", databaseName: "db", databaseInstanceName: "inst" },
    ],
    [
      "DatabaseSyncedDatabaseTable",
      "pgcat.public.t",
      "GET /api/2.0/database/synced_tables/pgcat.public.t?",
      { name: "pgcat.public.t" },
    ],
  ])(
    "reads a %s by its name, then the workspace id, and shows no change afterwards",
    async (name, id, get, inputs) => {
      const imported = await engine.import("r", tokenOf(name), id);
      expect(workspace.takeTrace()).toEqual([...PROBES, get, ME]);
      expect(imported?.inputs).toEqual({ ...inputs, providerConfig: { workspaceId: WORKSPACE_ID } });
      expect((await engine.preview("r", tokenOf(name), inputs)).operation).toBe("same");
    },
  );

  it("succeeds for an instance that does not exist: an id and nothing else", async () => {
    expect(await engine.import("r", tokenOf("DatabaseInstance"), "nope")).toEqual({
      id: "nope",
      inputs: {},
      outputs: {},
    });
    expect(workspace.takeTrace()).toEqual([...PROBES, `GET ${INSTANCES}/nope?`]);
  });
});

describe("functions", () => {
  beforeEach(async () => {
    await engine.begin();
    workspace.takeTrace();
  });

  it("looks an instance up, then the workspace id once", async () => {
    const found = await engine.invoke("getDatabaseInstance", { name: "inst" });
    expect(found).toMatchObject({
      name: "inst",
      effectiveNodeCount: 1,
      readOnlyDns: null,
      providerConfig: { workspaceId: WORKSPACE_ID },
    });
    expect(found).not.toHaveProperty("purgeOnDelete");
    await engine.invoke("getDatabaseDatabaseCatalog", { name: "pgcat" });
    await engine.invoke("getDatabaseSyncedDatabaseTable", { name: "pgcat.public.t" });
    expect(workspace.takeTrace()).toEqual([
      `GET ${INSTANCES}/inst?`,
      ME,
      "GET /api/2.0/database/catalogs/pgcat?",
      "GET /api/2.0/database/synced_tables/pgcat.public.t?",
    ]);
  });

  it("lists instances, page after page", async () => {
    workspace.script({
      [`GET ${INSTANCES}`]: { body: { database_instances: [INSTANCE] } },
      [`GET ${INSTANCES}?page_size=1`]: { body: { database_instances: [INSTANCE], next_page_token: "t2" } },
      [`GET ${INSTANCES}?page_size=1&page_token=t2`]: {
        body: { database_instances: [{ ...INSTANCE, name: "two" }] },
      },
    });
    const all = await engine.invoke("getDatabaseInstances", {});
    const paged = await engine.invoke("getDatabaseInstances", { pageSize: 1 });
    expect(all.databaseInstances).toHaveLength(1);
    expect(paged.databaseInstances).toMatchObject([{ name: "inst" }, { name: "two" }]);
    expect(workspace.takeTrace()).toEqual([
      `GET ${INSTANCES}?`,
      ME,
      `GET ${INSTANCES}?page_size=1`,
      `GET ${INSTANCES}?page_size=1&page_token=t2`,
    ]);
  });

  it("tells who calls", async () => {
    workspace.script({
      "GET /api/2.0/preview/scim/v2/Me": { body: { id: "9001", userName: "me@example.com" } },
    });
    expect(await engine.invoke("getCurrentUser", {})).toEqual({
      aclPrincipalId: "users/me@example.com",
      alphanumeric: "me",
      externalId: "",
      home: "/Users/me@example.com",
      id: "9001",
      providerConfig: { workspaceId: WORKSPACE_ID },
      repos: "/Repos/me@example.com",
      userName: "me@example.com",
      workspaceUrl: workspace.url,
    });
    expect(workspace.takeTrace()).toEqual(["GET /api/2.0/preview/scim/v2/Me?", ME]);
  });

  it("fails for what is missing, refuses bad arguments, and knows its limits", async () => {
    await expect(engine.invoke("getDatabaseInstance", { name: "nope" })).rejects.toThrow(
      "failed to get database_instance: instance nope does not exist",
    );
    await expect(engine.invoke("getDatabaseInstance", {})).rejects.toThrow(
      'missing required property "name"',
    );
    await expect(engine.invoke("getClusters", {})).rejects.toThrow(
      "the offline stand-in for the databricks plugin does not serve databricks:index/getClusters:getClusters",
    );
  });

  it("answers an unknown argument with unknowns, without a request", async () => {
    const found = await engine.invoke("getDatabaseInstance", { name: UNKNOWN });
    expect(found.readWriteDns).toBe(UNKNOWN);
    expect(workspace.takeTrace()).toEqual([]);
  });
});
