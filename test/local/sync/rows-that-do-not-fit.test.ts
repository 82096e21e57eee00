// Rows that PostgreSQL cannot take, or that have no key: skipped and counted, or refused by row and column.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { columns, orders, post, remove, startWithSources, triggered } from "./support/sources.ts";
import type { SyncedWorkspace } from "./support/synced.ts";

let synced: SyncedWorkspace;

beforeAll(async () => {
  synced = await startWithSources();
}, 600_000);
afterAll(() => synced?.[Symbol.asyncDispose]());

describe("rows that do not fit", () => {
  test("a null in the key is skipped and counted, also when it comes and goes later", async () => {
    const source = "main.raw.null_keys";
    const run = (command: { do: string } & Record<string, unknown>) => synced.lakehouse.run(source, command);
    const rows = [
      [null, "nobody", null],
      [1, "one", null],
      [null, "nobody either", null],
    ];
    await run({ do: "write", columns, rows, change_feed: true });
    await synced.create("null_keys", source, triggered);
    expect((await synced.status("null_keys")).message).toMatch(/ 2 rows were skipped .*NULL/);
    await run({ do: "write", columns, rows: [[null, "one more", null]] });
    await synced.refresh("null_keys");
    expect((await synced.status("null_keys")).message).toMatch(/ 3 rows were skipped/);
    await run({ do: "delete", predicate: "id IS NULL" });
    await synced.refresh("null_keys");
    expect((await synced.status("null_keys")).message).not.toMatch(/skipped/);
    expect(await synced.expectEqual("null_keys", source, ["id"])).toBe(1);
  });

  test("a NUL character is refused with its row and column", async () => {
    const source = "main.raw.nul";
    await synced.lakehouse.run(source, {
      do: "write",
      columns,
      rows: [[7, "a\0b", null]],
      change_feed: true,
    });
    await synced.create("nul", source, triggered);
    expect((await synced.status("nul")).message).toMatch(/column name of the row with id = 7 .*U\+0000/);
  });

  test("a column that changes its type or goes is refused by name", async () => {
    const source = "main.raw.reshaped";
    await synced.lakehouse.run(source, { do: "write", columns, rows: [[1, "a", null]], change_feed: true });
    await synced.create("reshaped", source, triggered);
    await synced.lakehouse.run(source, {
      do: "write",
      columns: { id: "long", name: "long" },
      rows: [[1, 2]],
      mode: "overwrite",
      schema_mode: "overwrite",
    });
    await synced.refresh("reshaped");
    const { detailed_state, message } = await synced.status("reshaped");
    expect(detailed_state).toBe("SYNCED_TABLE_ONLINE_PIPELINE_FAILED");
    expect(message).toMatch(/column name is BIGINT in the source, and was text; column price is no longer/);
  });

  test("text longer than its VARCHAR is refused", async () => {
    const overrides = [{ column_name: "name", pg_type: "PG_SPECIFIC_TYPE_VARCHAR", size: 3 }];
    await post(synced, "main.default.short", { type_overrides: overrides });
    await synced.api.workspace.settled();
    expect((await synced.status("short")).message).toMatch(/version 0 .*column name.*character varying\(3\)/);
    await remove(synced, "short");
    await post(synced, "main.default.short", { type_overrides: [{ ...overrides[0], size: 5 }] });
    await synced.api.workspace.settled();
    expect(await synced.expectEqual("short", orders, ["id"])).toBe(3);
    await remove(synced, "short");
  });
});
