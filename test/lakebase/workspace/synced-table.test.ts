// Synced tables over REST: reading every policy's status, and waiting with words about the way.
import { describe, expect, it } from "vitest";
import { WorkspaceError } from "../../../lakebase/workspace/errors.ts";
import {
  readSyncedTable,
  type SyncedTable,
  type SyncedTableApi,
} from "../../../lakebase/workspace/synced-table-api.ts";
import {
  type SyncedTableSource,
  waitForSyncedTable,
  waitUntilSyncedTableGone,
} from "../../../lakebase/workspace/synced-table-wait.ts";

const answer = (status: object, more: object = {}) => ({
  name: "c.s.t",
  unity_catalog_provisioning_state: "ACTIVE",
  data_synchronization_status: status,
  ...more,
});

describe("reading", () => {
  it("takes place, state and the last sync", () => {
    expect(
      readSyncedTable(
        answer(
          {
            detailed_state: "SYNCED_TABLE_ONLINE",
            message: "fine",
            pipeline_id: "p-1",
            last_sync: {
              delta_table_sync_info: { delta_commit_version: 0 },
              sync_end_timestamp: "2026-06-01T12:00:00Z",
            },
          },
          { effective_database_instance_name: "orders", effective_logical_database_name: "db" },
        ),
      ),
    ).toEqual({
      name: "c.s.t",
      instanceName: "orders",
      databaseName: "db",
      state: "SYNCED_TABLE_ONLINE",
      catalogState: "ACTIVE",
      message: "fine",
      pipelineId: "p-1",
      lastSync: "2026-06-01T12:00:00Z",
      lastVersion: 0,
    });
  });

  it.each([
    ["provisioning_status", "initial_pipeline_sync_progress"],
    ["continuous_update_status", "initial_pipeline_sync_progress"],
    ["triggered_update_status", "triggered_update_progress"],
  ])("takes the progress from %s", (outer, inner) => {
    const status = { [outer]: { [inner]: { synced_row_count: 5, total_row_count: 20 } } };
    expect(readSyncedTable(answer(status)).progress).toEqual({ rows: 5, total: 20 });
  });

  it("takes an answer without a status for a table in between", () => {
    expect(readSyncedTable({ name: "c.s.t" })).toMatchObject({
      state: "",
      catalogState: "",
      pipelineId: "",
      lastSync: "",
    });
  });
});

/** A workspace whose table changes with the time of a clock that only waiting moves. */
function workspaceOver(
  states: (seconds: number) => Partial<SyncedTable>,
  getInstance: SyncedTableSource["getInstance"] = async () => ({ state: "AVAILABLE" }),
) {
  let time = 0;
  const clock = {
    now: () => time,
    async sleep(milliseconds: number) {
      time += milliseconds;
    },
  };
  const syncedTables = {
    get: async (name: string) => ({ ...readSyncedTable({ name }), ...states(time / 1000) }),
    pipelineCause: async () => "",
  } as unknown as SyncedTableApi;
  return { clock, source: { host: "https://a.example", syncedTables, getInstance } };
}

describe("waiting", () => {
  it("says now and then how far the copy is, and nothing twice", async () => {
    const lines: string[] = [];
    const { clock, source } = workspaceOver((seconds) =>
      seconds < 60
        ? {
            state: "SYNCED_TABLE_PROVISIONING_INITIAL_SNAPSHOT",
            progress: { rows: seconds < 30 ? 10 : 50, total: 100 },
          }
        : { state: "SYNCED_TABLE_ONLINE" },
    );
    await waitForSyncedTable(source, "c.s.t", {
      deadlineMs: 120_000,
      clock,
      onProgress: (line) => lines.push(line),
    });
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^synced table c\.s\.t: SYNCED_TABLE_PROVISIONING_INITIAL_SNAPSHOT \(10 rows of 100, 10 %\), \d+ s$/,
    );
    expect(lines[1]).toContain("50 rows of 100, 50 %");
  });

  it("says nothing about a table that is quick", async () => {
    const lines: string[] = [];
    const { clock, source } = workspaceOver((seconds) => ({
      state: seconds < 2 ? "SYNCED_TABLE_PROVISIONING" : "SYNCED_TABLE_ONLINE",
    }));
    await waitForSyncedTable(source, "c.s.t", {
      deadlineMs: 9_000,
      clock,
      onProgress: (line) => lines.push(line),
    });
    expect(lines).toEqual([]);
  });

  it.each<[string, Partial<SyncedTable>, RegExp]>([
    [
      "a failure in Unity Catalog",
      { state: "SYNCED_TABLE_PROVISIONING", catalogState: "FAILED", message: "no quota" },
      /no quota/,
    ],
    [
      "a failure without words",
      { state: "SYNCED_TABLE_OFFLINE_FAILED", pipelineId: "p-1" },
      /the service gives no reason/,
    ],
    ["a deletion", { state: "SYNCED_TABLE_PROVISIONING", catalogState: "DELETING" }, /it is being deleted/],
  ])("ends with %s", async (_, table, words) => {
    const { clock, source } = workspaceOver(() => table);
    await expect(waitForSyncedTable(source, "c.s.t", { deadlineMs: 5_000, clock })).rejects.toThrow(words);
  });

  describe("for a table that is offline", () => {
    const offline = { state: "SYNCED_TABLED_OFFLINE", instanceName: "orders" };
    const gone = new WorkspaceError({
      errorCode: "NOT_FOUND",
      status: 404,
      reason: "gone",
      host: "h",
      fix: "f",
    });

    it.each<[string, SyncedTableSource["getInstance"], RegExp]>([
      [
        "stopped",
        async () => ({ state: "STOPPED" }),
        /OFFLINE: instance "orders" is STOPPED.*start the instance/,
      ],
      ["gone", () => Promise.reject(gone), /OFFLINE: instance "orders" does not exist.*--refresh/],
    ])("ends at once when its instance is %s", async (_, getInstance, words) => {
      const { clock, source } = workspaceOver(() => offline, getInstance);
      const waiting = waitForSyncedTable(source, "c.s.t", { deadlineMs: 1_800_000, clock });
      await expect(waiting).rejects.toThrow(words);
      expect(clock.now()).toBe(0);
    });

    it("ends when its instance is available and it does not come back", async () => {
      const { clock, source } = workspaceOver(() => offline);
      const waiting = waitForSyncedTable(source, "c.s.t", { deadlineMs: 1_800_000, clock });
      await expect(waiting).rejects.toThrow(
        /an earlier instance of that name.*pulumi up --refresh --replace/,
      );
      expect(clock.now()).toBeLessThan(180_000);
    });

    it("goes on while its instance restarts", async () => {
      const { clock, source } = workspaceOver(
        (seconds) => (seconds < 20 ? offline : { state: "SYNCED_TABLE_ONLINE" }),
        async () => ({ state: "UPDATING" }),
      );
      const table = await waitForSyncedTable(source, "c.s.t", { deadlineMs: 60_000, clock });
      expect(table.state).toBe("SYNCED_TABLE_ONLINE");
    });
  });

  it("for the end of a table gives up at the deadline", async () => {
    const { clock, source } = workspaceOver(() => ({ catalogState: "DELETING" }));
    await expect(waitUntilSyncedTableGone(source, "c.s.t", { deadlineMs: 5_000, clock })).rejects.toThrow(
      /is DELETING after \d+ s and not gone/,
    );
  });
});
