// OpenTelemetry metrics: what is reported, and that no SQL and no token is among it.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Meter } from "../../client/index.ts";
import { startDatabase, type TestDatabase } from "./support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startDatabase();
});
afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
});

type Point = { name: string; value: number; attributes: Record<string, string> | undefined };
type Read = (result: { observe(value: number, attributes?: Record<string, string>): void }) => void;

/** A meter that keeps every point. */
function createMeter() {
  const points: Point[] = [];
  const reads = new Map<Read, string>();
  const keep = (name: string) => (value: number, attributes?: Record<string, string>) =>
    void points.push({ name, value, attributes });
  const meter: Meter = {
    createCounter: (name) => ({ add: keep(name) }),
    createHistogram: (name) => ({ record: keep(name) }),
    createObservableUpDownCounter: (name) => ({
      addCallback: (read) => void reads.set(read, name),
      removeCallback: (read) => void reads.delete(read),
    }),
  };
  const collect = () => {
    for (const [read, name] of reads) read({ observe: keep(name) });
  };
  return { meter, points, reads, collect };
}

it("counts connections, tokens and repeated logins, and ends with the pool", async () => {
  const { meter, points, reads, collect } = createMeter();
  const pool = database.open({ meter, maxUses: 1 });
  await pool.query("SELECT 'secret' AS confidential");
  database.authority.revokeAll();
  await pool.query("SELECT 2");
  const client = await pool.connect();
  collect();
  client.release();
  const total = (name: string) =>
    points.filter((point) => point.name === name).reduce((sum, { value }) => sum + value, 0);
  expect(total("lakebase.token.refreshes")).toBe(2);
  expect(total("lakebase.login.retries")).toBe(1);
  expect(total("db.client.connection.max")).toBe(15);
  const used = points.find(({ attributes }) => attributes?.["db.client.connection.state"] === "used");
  expect(used).toMatchObject({
    value: 1,
    attributes: { "db.client.connection.pool.name": database.readWriteDns },
  });
  expect(JSON.stringify(points)).not.toMatch(/SELECT|confidential|secret/);
  await pool.end();
  expect(reads.size).toBe(0);
});

it("takes the meter of @opentelemetry/api when that is installed, and ends it too", async () => {
  await using pool = database.open({ meter: undefined });
  expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
});
