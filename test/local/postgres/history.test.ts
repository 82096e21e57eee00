// Clones of an instance's past, on real servers: by time, by log position, of a running parent and of a stopped one.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { names, OWNER, sql, startInstance, startTestHost, type TestHost } from "./support.ts";

describe("clones of the past", () => {
  let host: TestHost;
  let clones = 0;
  const moments: { time: number; lsn: string }[] = [];

  /** The parent's clock and position, with whatever was committed before behind both. */
  const note = async (): Promise<void> => {
    const { rows } = await host.query(
      "parent",
      "postgres",
      "SELECT ceil(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS time, pg_current_wal_insert_lsn()::text AS lsn",
    );
    moments.push(rows[0] as { time: number; lsn: string });
    // The next commit is at a later millisecond.
    await host.query("parent", "postgres", "SELECT pg_sleep(0.005)");
  };
  const cloneAt = async (cloneAt: { time: number } | { lsn: string }): Promise<string> => {
    clones += 1;
    const uid = `clone-${clones}`;
    await host.provision({ uid, owner: OWNER, ...names(uid), cloneOf: "parent", cloneAt });
    await host.start(uid);
    return uid;
  };
  const rowsOf = (uid: string) =>
    sql(host, uid, "SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM orders");

  beforeAll(async () => {
    host = await startTestHost();
    await startInstance(host, "parent");
    await sql(host, "parent", "CREATE TABLE orders (id int PRIMARY KEY)");
    await sql(host, "parent", "INSERT INTO orders VALUES (1), (2)");
    await note();
    await sql(host, "parent", "DELETE FROM orders WHERE id = 1");
    await note();
    await sql(host, "parent", "INSERT INTO orders VALUES (3)");
  });
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
  });

  it("have the rows that were there then, deleted ones too", async () => {
    const clone = await cloneAt({ time: moments[0]!.time });
    expect(await rowsOf(clone)).toBe("1,2");
    expect(await rowsOf("parent")).toBe("2,3");
    await sql(host, clone, "INSERT INTO orders VALUES (10)");
    expect(await rowsOf("parent")).toBe("2,3");
  });

  it("are cut at a position of the log as well", async () => {
    expect(await rowsOf(await cloneAt({ lsn: moments[1]!.lsn }))).toBe("2");
  });

  it("have everything when nothing has happened since", async () => {
    expect(await rowsOf(await cloneAt({ time: Date.now() }))).toBe("2,3");
  });

  it("are cut from a parent that is stopped, whatever it was stopped by", async () => {
    await host.stop("parent");
    expect(await rowsOf(await cloneAt({ time: moments[0]!.time }))).toBe("1,2");
    expect(await rowsOf(await cloneAt({ time: Date.now() }))).toBe("2,3");
    await host.start("parent");
    expect(await rowsOf("parent")).toBe("2,3");
  });

  it("survive a restart of both, and have no past of their own", async () => {
    const clone = await cloneAt({ time: moments[0]!.time });
    await host.stop(clone);
    await host.start(clone);
    expect(await rowsOf(clone)).toBe("1,2");
    expect(await host.history("parent")).toMatch(/^0\/[0-9A-F]+$/);
    expect(await host.history(clone)).toBeUndefined();
    expect((await host.query(clone, "postgres", "SELECT slot_name FROM pg_replication_slots")).rows).toEqual(
      [],
    );
  });

  it("are over where more was written than is kept, and the disk has no more than that", async () => {
    await host.query("parent", "postgres", "ALTER SYSTEM SET wal_compression = off");
    const { rows } = await host.query("parent", "postgres", "SHOW max_slot_wal_keep_size");
    expect(rows).toEqual([{ max_slot_wal_keep_size: "256MB" }]);
    for (let written = 0; written < 340; written += 20) {
      await host.query(
        "parent",
        "postgres",
        "SELECT pg_logical_emit_message(false, 'x', repeat('x', 1000000)) FROM generate_series(1, 20)",
      );
    }
    await host.query("parent", "postgres", "CHECKPOINT");
    expect(await host.history("parent")).toBeUndefined();
    const size = await host.query(
      "parent",
      "postgres",
      "SELECT (sum(size) / 1000000)::int AS mb FROM pg_ls_waldir()",
    );
    expect(Number(size.rows[0]?.mb)).toBeLessThan(270);
  });
});
