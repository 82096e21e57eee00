// Tables that a check expects: missing, forbidden, empty, stale, and all of them in one message.
import type { Client } from "pg";
import { describe, expect, it } from "vitest";
import { probeTables } from "../../../lakebase/connection/tables.ts";
import type { ExpectedTable } from "../../../lakebase/rules/index.ts";

const now = Date.parse("2026-06-01T12:00:00Z");

/** A database that answers by the relation in the statement. */
function probing(
  answers: Record<string, { rows?: number; age?: number | null; error?: { code: string; message: string } }>,
) {
  const asked: string[] = [];
  const client = {
    async query(sql: string) {
      asked.push(sql);
      const found = Object.entries(answers).find(([relation]) => sql.includes(relation))?.[1];
      if (found?.error !== undefined) throw Object.assign(new Error(found.error.message), found.error);
      return { rows: [{ rows: String(found?.rows ?? 0), age: found?.age ?? null }] };
    },
  } as unknown as Client;
  const syncedTables = { get: async () => ({ lastSync: "2026-06-01T11:59:00Z" }) };
  const probe = { client, workspace: { syncedTables } as never, timeoutMs: 1000, now: () => now };
  return { asked, look: (...tables: ExpectedTable[]) => probeTables(probe, tables) };
}

describe("expected tables", () => {
  it("are not looked at when there are none", async () => {
    const { asked, look } = probing({});
    expect(await look()).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it("may be empty unless rows are asked for, and are counted no further than needed", async () => {
    const { asked, look } = probing({ '"gold"."orders"': { rows: 5 } });
    expect(await look({ name: "main.gold.orders" }, { name: "gold.orders", minimumRows: 5 })).toBeUndefined();
    expect(asked[0]).toContain("SET statement_timeout");
    expect(asked.at(-1)).toBe("RESET statement_timeout");
    expect(asked.slice(1, -1)).toEqual([
      'SELECT count(*)::bigint AS rows FROM (SELECT FROM "gold"."orders" LIMIT 1) AS counted',
      'SELECT count(*)::bigint AS rows FROM (SELECT FROM "gold"."orders" LIMIT 5) AS counted',
    ]);
  });

  it("are all told that are not as they should be", async () => {
    const { look } = probing({
      '"a"': { error: { code: "42P01", message: 'relation "public.a" does not exist' } },
      '"b"': { error: { code: "42501", message: "permission denied for table b" } },
      '"c"': { rows: 2 },
    });
    const problem = await look(
      { name: "public.a" },
      { name: "public.b" },
      { name: "public.c", minimumRows: 3 },
    );
    expect(problem).toMatchObject({ code: "42P01", retry: "never" });
    expect(problem?.reason).toBe(
      "table public.a does not exist in this database; table public.b cannot be read: permission denied for table b; table public.c has 2 rows and not at least 3",
    );
    expect(problem?.fix).toMatch(/create it first.*grant USAGE.*fill the source/);
  });

  it.each<[string, ExpectedTable, number | null, RegExp | undefined]>([
    ["fresh by its column", { name: "s.t", maximumAgeSeconds: 60, timestampColumn: "at" }, 59, undefined],
    ["stale by its column", { name: "s.t", maximumAgeSeconds: 60, timestampColumn: "at" }, 61, /is 61 s old/],
    ["without any time", { name: "s.t", maximumAgeSeconds: 60, timestampColumn: "at" }, null, /has no time/],
    ["fresh by its sync", { name: "c.s.t", maximumAgeSeconds: 60 }, null, undefined],
    ["stale by its sync", { name: "c.s.t", maximumAgeSeconds: 59 }, null, /is 60 s old/],
  ])("are %s", async (_, table, age, reason) => {
    const problem = await probing({ '"s"."t"': { rows: 1, age } }).look(table);
    if (reason === undefined) expect(problem).toBeUndefined();
    else expect(problem?.reason).toMatch(reason);
  });
});
