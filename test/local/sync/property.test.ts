// Whatever happens to a source, in whatever order, with restarts between: after each settling the table equals it.
import fc from "fast-check";
import { afterAll, beforeAll, test } from "vitest";
import { type SyncedWorkspace, startSyncedWorkspace } from "./support/synced.ts";

let synced: SyncedWorkspace;

beforeAll(async () => {
  synced = await startSyncedWorkspace();
}, 600_000);
afterAll(() => synced?.[Symbol.asyncDispose]());

const policies = ["SNAPSHOT", "TRIGGERED", "CONTINUOUS"] as const;
const columns = { id: "long", name: "string", price: "decimal" };
const key = fc.integer({ min: 0, max: 30 });
const content = fc.tuple(
  fc.oneof(fc.constant(null), fc.string({ unit: "grapheme", maxLength: 12 })),
  fc.oneof(
    fc.constant(null),
    fc.integer({ min: -9_999_999_999, max: 9_999_999_999 }).map((cents) => (cents / 100).toFixed(2)),
  ),
);
/** Rows with different keys. */
const someRows = fc
  .uniqueArray(fc.tuple(key, content), { minLength: 1, maxLength: 12, selector: ([id]) => id })
  .map((rows) => rows.map(([id, [name, price]]) => [id, name?.replaceAll("\0", "") ?? null, price]));

type Step = { do: string } & Record<string, unknown>;
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: someRows.map((rows) => ({ do: "merge", columns, rows, key: ["id"] })), weight: 4 },
  {
    arbitrary: someRows.map((rows) => ({ do: "merge", columns, rows, key: ["id"], delete_others: true })),
    weight: 1,
  },
  { arbitrary: key.map((id) => ({ do: "delete", predicate: `id % 7 = ${id % 7}` })), weight: 2 },
  { arbitrary: fc.constant({ do: "delete" }), weight: 1 },
  {
    arbitrary: key.map((id) => ({
      do: "update",
      predicate: `id >= ${id}`,
      set: { name: "concat(name, '+')" },
    })),
    weight: 2,
  },
  { arbitrary: someRows.map((rows) => ({ do: "write", columns, rows, mode: "overwrite" })), weight: 2 },
  { arbitrary: fc.constantFrom<Step>({ do: "checkpoint" }, { do: "optimize" }), weight: 1 },
  { arbitrary: fc.constant({ do: "restart" }), weight: 1 },
  { arbitrary: fc.constant({ do: "settle" }), weight: 3 },
);

let runs = 0;

test("random inserts, updates, deletes and restarts end in equal tables under every policy", async () => {
  const property = fc.asyncProperty(
    someRows,
    fc.array(step, { minLength: 3, maxLength: 12 }),
    async (first, steps) => {
      const name = `random_${++runs}`;
      const source = `main.raw.${name}`;
      const tables = policies.map((policy) => ({ policy, table: `${name}_${policy.toLowerCase()}` }));
      const settle = async (): Promise<void> => {
        for (const { table } of tables) {
          await synced.refresh(table);
          await synced.expectEqual(table, source, ["id"]);
        }
      };
      await synced.lakehouse.run(source, { do: "write", columns, rows: first, change_feed: true });
      for (const { policy, table } of tables) {
        await synced.create(table, source, { primary_key_columns: ["id"], scheduling_policy: policy });
      }
      for (const next of [...steps, { do: "settle" }]) {
        if (next.do === "settle") await settle();
        else if (next.do === "restart") await synced.restart();
        else await synced.lakehouse.run(source, next);
      }
      for (const { table } of tables) {
        await synced.api.call(
          "DELETE",
          `/api/2.0/database/synced_tables/main.default.${table}?purge_data=true`,
        );
      }
    },
  );
  await fc.assert(property, { numRuns: 12 });
}, 600_000);
