// The status of a synced table: from its declaration to online, failures, what comes after them.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { columns, path, post, remove, startWithSources, triggered } from "./support/sources.ts";
import type { SyncedWorkspace } from "./support/synced.ts";

let synced: SyncedWorkspace;

beforeAll(async () => {
  synced = await startWithSources();
}, 600_000);
afterAll(() => synced?.[Symbol.asyncDispose]());

describe("status", () => {
  test("goes from PROVISIONING to ONLINE with what was synced, and has no PATCH", async () => {
    const { status, body } = await post(synced, "main.default.life", {});
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: "main.default.life",
      effective_database_instance_name: "db",
      effective_logical_database_name: "databricks_postgres",
      unity_catalog_provisioning_state: "PROVISIONING",
      data_synchronization_status: {
        detailed_state: "SYNCED_TABLE_PROVISIONING",
        pipeline_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
    await synced.api.workspace.settled();
    const online = (await synced.api.call("GET", `${path}/main.default.life`)).body;
    expect(online).toMatchObject({
      unity_catalog_provisioning_state: "ACTIVE",
      data_synchronization_status: {
        detailed_state: "SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE",
        last_sync: { delta_table_sync_info: { delta_commit_version: 0 } },
        triggered_update_status: {
          last_processed_commit_version: 0,
          triggered_update_progress: { synced_row_count: 3, total_row_count: 3, sync_progress_completion: 1 },
        },
      },
    });
    expect(await synced.api.call("PATCH", `${path}/main.default.life?update_mask=spec`, {})).toMatchObject({
      status: 501,
      body: { message: "Update Synced Database Table is not yet implemented." },
    });
    expect((await remove(synced, "life")).status).toBe(200);
    expect((await synced.api.call("GET", `${path}/main.default.life`)).status).toBe(404);
  });

  test("a failure keeps the last good rows, says why, and ends with a run that works", async () => {
    const source = "main.raw.failing";
    const run = (command: { do: string } & Record<string, unknown>) => synced.lakehouse.run(source, command);
    await run({ do: "write", columns, rows: [[1, "one", null]], change_feed: true });
    await synced.create("failing", source, triggered);
    await run({ do: "write", columns, rows: [[1, "again", null]] });
    await synced.refresh("failing");
    const failed = await synced.status("failing");
    expect(failed.detailed_state).toBe("SYNCED_TABLE_ONLINE_PIPELINE_FAILED");
    expect(failed.message).toMatch(/duplicate primary key in version 1 .*\(id\)=\(1\).*timeseries_key/);
    const pipeline = (await synced.api.call("GET", `/api/2.0/pipelines/${failed.pipeline_id}`)).body;
    expect(pipeline).toMatchObject({
      state: "FAILED",
      latest_updates: [{ state: "FAILED" }, { state: "COMPLETED" }],
    });
    await run({ do: "delete", predicate: "name = 'again'" });
    await synced.api.call("POST", `/api/2.0/pipelines/${failed.pipeline_id}/updates`, { full_refresh: true });
    await synced.api.workspace.settled();
    expect((await synced.status("failing")).detailed_state).toBe("SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE");
    expect(await synced.expectEqual("failing", source, ["id"])).toBe(1);
  });

  test("a table whose first copy fails is OFFLINE_FAILED", async () => {
    const source = "main.raw.twice";
    const rows = [
      [1, "a", null],
      [1, "b", null],
    ];
    await synced.lakehouse.run(source, { do: "write", columns, rows });
    await synced.create("twice", source, { ...triggered, scheduling_policy: "SNAPSHOT" });
    const { detailed_state, message } = await synced.status("twice");
    expect(detailed_state).toBe("SYNCED_TABLE_OFFLINE_FAILED");
    expect(message).toMatch(/duplicate primary key in version 0 .*\(id\)=\(1\)/);
  });
});

test("commits that are gone are made up for by a full copy", async () => {
  const source = "main.raw.cleaned";
  const run = (command: { do: string } & Record<string, unknown>) => synced.lakehouse.run(source, command);
  await run({ do: "write", columns, rows: [[1, "a", null]], change_feed: true });
  await synced.create("cleaned", source, triggered);
  await run({ do: "write", columns, rows: [[2, "b", null]] });
  await run({ do: "delete", predicate: "id = 1" });
  await run({ do: "checkpoint" });
  const log = join(synced.lakehouse.dir, "main", "raw", "cleaned", "_delta_log");
  for (const version of [0, 1]) await rm(join(log, `${String(version).padStart(20, "0")}.json`));
  await synced.refresh("cleaned");
  expect(await synced.expectEqual("cleaned", source, ["id"])).toBe(1);
});
