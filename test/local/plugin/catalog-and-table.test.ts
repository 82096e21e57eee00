// Catalog and synced table against the recorded behaviour: no wait, no replacement, a 501 that never ends.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type PluginEngine, startPluginEngine, tokenOf } from "../support/plugin-engine.ts";
import { ME, PROBES, type ScriptedWorkspace, startScriptedWorkspace } from "../support/scripted-workspace.ts";

const CATALOG = tokenOf("DatabaseDatabaseCatalog");
const TABLE = tokenOf("DatabaseSyncedDatabaseTable");
const CATALOGS = "/api/2.0/database/catalogs";
const TABLES = "/api/2.0/database/synced_tables";
const CATALOG_PATCH = `PATCH ${CATALOGS}/pgcat?update_mask=create_database_if_not_exists%2Cdatabase_instance_name%2Cdatabase_name`;
const TABLE_PATCH = `PATCH ${TABLES}/std.pub.t1?update_mask=database_instance_name%2Clogical_database_name%2Cspec`;

let workspace: ScriptedWorkspace;
let engine: PluginEngine;

beforeEach(async () => {
  workspace = await startScriptedWorkspace();
  engine = await startPluginEngine({ host: workspace.url, token: "dapi-test" });
});

afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

describe("catalog", () => {
  const inputs = { name: "pgcat", databaseInstanceName: "inst", databaseName: "db" };
  const answer = { name: "pgcat", database_instance_name: "inst", database_name: "db", uid: "cuid-pgcat" };

  beforeEach(() => {
    workspace.script({
      [`POST ${CATALOGS}`]: { body: answer },
      [`GET ${CATALOGS}/pgcat`]: { body: answer },
      [`DELETE ${CATALOGS}/pgcat`]: { status: 204, text: "" },
      [CATALOG_PATCH]: ({ body }) => ({ body: { ...answer, ...JSON.parse(body) } }),
    });
  });

  it("is created by one request, not waited for, and deleted by name", async () => {
    await engine.up("c", CATALOG, inputs);
    await engine.destroy("c", CATALOG);
    expect(workspace.takeTrace()).toEqual([
      ...PROBES,
      `POST ${CATALOGS} {"database_instance_name":"inst","database_name":"db","name":"pgcat"}`,
      ME,
      ...PROBES,
      ME,
      `DELETE ${CATALOGS}/pgcat?`,
    ]);
  });

  it("previews its uid and the flag that is not given as unknown", async () => {
    const created = await engine.preview("c", CATALOG, inputs);
    expect(created.unknown).toEqual(["createDatabaseIfNotExists", "providerConfig", "uid"]);
    await engine.up("c", CATALOG, inputs);
    const updated = await engine.preview("c", CATALOG, { ...inputs, databaseName: "db2" });
    expect(updated).toMatchObject({ operation: "update", unknown: ["uid"], diffs: ["databaseName", "uid"] });
  });

  it.each(["name", "databaseInstanceName", "databaseName"])(
    "plans another %s as an update",
    async (property) => {
      await engine.up("c", CATALOG, inputs);
      const step = await engine.preview("c", CATALOG, { ...inputs, [property]: "other" });
      expect(step).toMatchObject({ operation: "update", replaces: [] });
    },
  );

  it("sends the whole mask, keeps the flag that the service never returns", async () => {
    await engine.up("c", CATALOG, { ...inputs, createDatabaseIfNotExists: true });
    workspace.takeTrace();
    await engine.up("c", CATALOG, { ...inputs, createDatabaseIfNotExists: true, databaseName: "db2" });
    expect(workspace.takeTrace()).toEqual([
      ...PROBES,
      ME,
      `${CATALOG_PATCH} {"create_database_if_not_exists":true,"database_instance_name":"inst","database_name":"db2","name":"pgcat"}`,
    ]);
    const refreshed = await engine.refresh("c", CATALOG);
    expect(refreshed?.outputs.createDatabaseIfNotExists).toBe(true);
  });

  it("wants its database and its instance, and gets a hyphenated name of its own", async () => {
    await expect(engine.check("cat", CATALOG, {})).rejects.toThrow(
      /missing required property "databaseInstanceName"[\s\S]*missing required property "databaseName"/,
    );
    const { name } = await engine.check("cat", CATALOG, { databaseInstanceName: "inst", databaseName: "db" });
    expect(name).toMatch(/^cat-[0-9a-f]{7}$/);
  });
});

describe("synced table", () => {
  const spec = {
    newPipelineSpec: { storageCatalog: "std", storageSchema: "pub" },
    primaryKeyColumns: ["id"],
    schedulingPolicy: "SNAPSHOT",
    sourceTableFullName: "main.s.t",
  };
  const inputs = { name: "std.pub.t1", databaseInstanceName: "inst", logicalDatabaseName: "db", spec };
  const apiSpec = {
    primary_key_columns: ["id"],
    scheduling_policy: "SNAPSHOT",
    source_table_full_name: "main.s.t",
  };
  const answer = {
    name: "std.pub.t1",
    spec: apiSpec,
    unity_catalog_provisioning_state: "PROVISIONING",
    data_synchronization_status: { detailed_state: "SYNCED_TABLE_PROVISIONING", pipeline_id: "p-1" },
  };
  const refusal = {
    error_code: "NOT_IMPLEMENTED",
    message: "Update of a synced database table is not yet supported.",
  };

  beforeEach(() => {
    workspace.script({
      [`POST ${TABLES}`]: { body: answer },
      [`GET ${TABLES}/std.pub.t1`]: { body: answer },
      [`DELETE ${TABLES}/std.pub.t1`]: {},
      [TABLE_PATCH]: { status: 501, body: refusal },
    });
  });

  it("is created by one request, not waited for, and deleted by its three-part name", async () => {
    const state = await engine.up("t", TABLE, inputs);
    await engine.destroy("t", TABLE);
    expect(workspace.takeTrace()).toEqual([
      ...PROBES,
      `POST ${TABLES} {"database_instance_name":"inst","logical_database_name":"db","name":"std.pub.t1","spec":` +
        '{"new_pipeline_spec":{"storage_catalog":"std","storage_schema":"pub"},"primary_key_columns":["id"],' +
        '"scheduling_policy":"SNAPSHOT","source_table_full_name":"main.s.t"}}',
      ME,
      ...PROBES,
      ME,
      `DELETE ${TABLES}/std.pub.t1?`,
    ]);
    expect(state.outputs).toMatchObject({
      unityCatalogProvisioningState: "PROVISIONING",
      dataSynchronizationStatus: { detailedState: "SYNCED_TABLE_PROVISIONING", pipelineId: "p-1" },
      databaseInstanceName: "inst",
    });
  });

  it("previews status and names in force as unknown, and inside spec what is not given", async () => {
    const status = [
      "dataSynchronizationStatus",
      "effectiveDatabaseInstanceName",
      "effectiveLogicalDatabaseName",
      "unityCatalogProvisioningState",
    ];
    const created = await engine.preview("t", TABLE, inputs);
    expect(created.unknown).toEqual([...status, "providerConfig", "spec"].sort());
    expect(created.outputs.spec).toEqual({
      ...spec,
      newPipelineSpec: { ...spec.newPipelineSpec, budgetPolicyId: null },
      acceleratedSync: expect.any(Symbol),
      createDatabaseObjectsIfMissing: expect.any(Symbol),
      existingPipelineId: expect.any(Symbol),
      timeseriesKey: null,
      typeOverrides: null,
    });
    await engine.up("t", TABLE, inputs);
    const changed = { ...inputs, spec: { ...spec, schedulingPolicy: "CONTINUOUS" } };
    const updated = await engine.preview("t", TABLE, changed);
    expect(updated).toMatchObject({ operation: "update", replaces: [], unknown: status });
  });

  it("fails the update that was previewed cleanly, without a retry, and previews it again", async () => {
    await engine.up("t", TABLE, inputs);
    workspace.takeTrace();
    const changed = { ...inputs, spec: { ...spec, schedulingPolicy: "CONTINUOUS" } };
    for (let run = 0; run < 2; run++) {
      expect((await engine.preview("t", TABLE, changed)).operation).toBe("update");
      await expect(engine.up("t", TABLE, changed)).rejects.toThrow(
        "failed to update database_synced_database_table: Update of a synced database table is not yet supported.",
      );
    }
    const patches = workspace.takeTrace().filter((line) => line.startsWith("PATCH"));
    expect(patches).toHaveLength(2);
    expect(patches[0]).toContain('"scheduling_policy":"CONTINUOUS"');
    expect(patches[0]).toContain('"new_pipeline_spec":{"storage_catalog":"std","storage_schema":"pub"}');
  });

  it("keeps a pipeline that leaves the program beside the one that enters it", async () => {
    await engine.up("t", TABLE, inputs);
    workspace.script({ [TABLE_PATCH]: { body: answer } });
    const { newPipelineSpec: _, ...rest } = spec;
    await engine.up("t", TABLE, { ...inputs, spec: { ...rest, existingPipelineId: "p-1" } });
    const sent = workspace.takeTrace().at(-1)!;
    expect(sent).toContain('"existing_pipeline_id":"p-1","new_pipeline_spec":{"storage_catalog":"std"');
  });

  it("shows no change when the names of instance and database leave the program", async () => {
    await engine.up("t", TABLE, inputs);
    expect((await engine.preview("t", TABLE, { name: inputs.name, spec })).operation).toBe("same");
  });
});
