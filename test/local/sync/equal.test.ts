// Tables written by the deltalake package arrive equal, row by row and type by type, in all three policies.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SyncedWorkspace, startSyncedWorkspace } from "./support/synced.ts";

let synced: SyncedWorkspace;

beforeAll(async () => {
  synced = await startSyncedWorkspace();
}, 600_000);
afterAll(() => synced?.[Symbol.asyncDispose]());

const policies = ["SNAPSHOT", "TRIGGERED", "CONTINUOUS"] as const;
const columns = { id: "long", name: "string", price: "decimal", day: "date" };
const row = (id: number, name: string | null = `name ${id}`): unknown[] => [
  id,
  name,
  `${id}.50`,
  "2024-02-29",
];
const rows = (from: number, to: number): unknown[][] =>
  Array.from({ length: to - from }, (_, index) => row(from + index));

describe.each(policies)("%s", (scheduling_policy) => {
  const name = (kind: string): string => `${kind}_${scheduling_policy.toLowerCase()}`;
  const source = (kind: string): string => `main.default.source_${name(kind)}`;
  const run = (kind: string, command: Record<string, unknown> & { do: string }) =>
    synced.lakehouse.run(source(kind), command);
  const spec = { primary_key_columns: ["id"], scheduling_policy };

  test("every type, with nulls and edge values", async () => {
    await run("types", { do: "write", start: 0, count: 60, change_feed: true });
    await synced.create(name("types"), source("types"), spec);
    expect(await synced.expectEqual(name("types"), source("types"), ["id"])).toBe(60);
    await run("types", { do: "write", start: 60, count: 40 });
    await run("types", { do: "delete", predicate: "id % 3 = 0" });
    await synced.refresh(name("types"));
    expect(await synced.expectEqual(name("types"), source("types"), ["id"])).toBe(66);
  });

  test("append, update, delete, merge and overwrite, one by one and together", async () => {
    await run("ops", { do: "write", columns, rows: rows(0, 50), change_feed: true });
    await synced.create(name("ops"), source("ops"), spec);
    const steps = [
      { do: "write", columns, rows: rows(50, 60) },
      { do: "update", predicate: "id < 5", set: { name: "'changed'" } },
      { do: "delete", predicate: "id >= 55" },
      { do: "merge", columns, rows: [row(3, "merged"), row(70, "new"), row(71, null)], key: ["id"] },
      { do: "merge", columns, rows: rows(0, 10), key: ["id"], delete_others: true },
      { do: "optimize" },
      { do: "write", columns, rows: [row(1, "overwritten"), row(9)], mode: "overwrite" },
      { do: "delete" },
      { do: "write", columns, rows: rows(20, 25) },
    ];
    for (const step of steps) {
      await run("ops", step);
      await synced.refresh(name("ops"));
      await synced.expectEqual(name("ops"), source("ops"), ["id"]);
    }
    for (const step of steps) await run("ops", step);
    await synced.refresh(name("ops"));
    expect(await synced.expectEqual(name("ops"), source("ops"), ["id"])).toBe(5);
  });

  test("checkpoints after many commits, and commits that were cleaned up", async () => {
    await run("log", { do: "write", columns, rows: rows(0, 3), change_feed: true });
    for (let id = 3; id < 10; id++) await run("log", { do: "write", columns, rows: [row(id)] });
    await run("log", { do: "checkpoint" });
    for (let id = 10; id < 15; id++) await run("log", { do: "write", columns, rows: [row(id)] });
    await synced.create(name("log"), source("log"), spec);
    expect(await synced.expectEqual(name("log"), source("log"), ["id"])).toBe(15);
    await run("log", { do: "delete", predicate: "id = 2" });
    await run("log", { do: "checkpoint" });
    await run("log", { do: "vacuum" });
    await synced.refresh(name("log"));
    expect(await synced.expectEqual(name("log"), source("log"), ["id"])).toBe(14);
  });

  test("partitions, also with a key in them", async () => {
    await run("parts", {
      do: "write",
      columns: { id: "long", region: "string", day: "date", price: "decimal" },
      rows: [
        [1, "eu west/1", "2024-01-01", "1.10"],
        [2, "us=2", "2024-01-02", null],
        [3, null, null, "3.30"],
        [1, "us=2", "2024-01-01", "4.40"],
      ],
      partition_by: ["region", "day"],
      change_feed: true,
    });
    await synced.create(name("parts"), source("parts"), { ...spec, primary_key_columns: ["id", "region"] });
    // A null in the key: the third row stays out.
    expect(await synced.expectEqual(name("parts"), source("parts"), ["id", "region"])).toBe(3);
    await run("parts", { do: "delete", predicate: "region = 'us=2'" });
    await synced.refresh(name("parts"));
    expect(await synced.expectEqual(name("parts"), source("parts"), ["id", "region"])).toBe(1);
  });

  test("an added column", async () => {
    await run("wider", { do: "write", columns, rows: rows(0, 5), change_feed: true });
    await synced.create(name("wider"), source("wider"), spec);
    await run("wider", { do: "add_column", name: "note", type: "string" });
    await run("wider", {
      do: "write",
      columns: { ...columns, note: "string" },
      rows: [[...row(5), "with a note"]],
    });
    await run("wider", {
      do: "write",
      columns: { ...columns, note: "string", weight: "double" },
      rows: [[...row(6), "heavy", 1.5]],
      schema_mode: "merge",
    });
    await synced.refresh(name("wider"));
    expect(await synced.expectEqual(name("wider"), source("wider"), ["id"])).toBe(7);
  });

  test("a timeseries key keeps the latest row of each key", async () => {
    const timed = { id: "long", at: "timestamp", value: "string" };
    const at = (minute: number): string => `2024-01-01T00:${String(minute).padStart(2, "0")}:00+00:00`;
    await run("series", {
      do: "write",
      columns: timed,
      rows: [
        [1, at(1), "old"],
        [1, at(5), "new"],
        [2, at(1), "only"],
      ],
      change_feed: true,
    });
    await synced.create(name("series"), source("series"), { ...spec, timeseries_key: "at" });
    expect(await synced.expectEqual(name("series"), source("series"), ["id"], "at")).toBe(2);
    await run("series", {
      do: "write",
      columns: timed,
      rows: [
        [1, at(3), "late arrival"],
        [2, at(9), "newest"],
        [3, at(1), "first"],
      ],
    });
    await synced.refresh(name("series"));
    expect(await synced.expectEqual(name("series"), source("series"), ["id"], "at")).toBe(3);
    await run("series", { do: "delete", predicate: "value = 'newest' OR value = 'new'" });
    await synced.refresh(name("series"));
    expect(await synced.expectEqual(name("series"), source("series"), ["id"], "at")).toBe(3);
  });
});
