// The pool against a real PostgreSQL: rotation, revocation, outages, restarts, and nothing lost on the way.
import { inspect } from "node:util";
import type { PoolClient } from "pg";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createLakebasePool, LakebasePool, TokenSource } from "../../client/index.ts";
import { startDatabase, type TestDatabase, tally } from "./support/database.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await startDatabase();
});

afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
});

beforeEach(() => {
  const { authority } = database;
  Object.assign(authority, { lifetimeMillis: 3_600_000, isFailing: false });
  Object.assign(authority.logins, { accepted: 0, refused: 0 });
});

const select = (pool: pg.Pool, value: number) => pool.query("SELECT $1::int AS value", [value]);

describe("a pool", () => {
  it("is a pg.Pool: queries, callbacks, clients, transactions", async () => {
    await using pool = database.open();
    expect(pool).toBeInstanceOf(pg.Pool);
    expect(pool).toBeInstanceOf(LakebasePool);
    expect((await select(pool, 7)).rows).toEqual([{ value: 7 }]);
    const called = await new Promise((resolve, reject) =>
      pool.query("SELECT current_user AS name", (error: Error, result) =>
        error ? reject(error) : resolve(result.rows),
      ),
    );
    expect(called).toEqual([{ name: database.owner }]);
    const lent = await new Promise<PoolClient>((resolve, reject) =>
      pool.connect((error, client, done) => {
        if (error) return reject(error);
        client
          ?.query("BEGIN")
          .then(() => client.query("ROLLBACK"))
          .then(() => {
            done();
            resolve(client);
          }, reject);
      }),
    );
    expect(lent).toBeInstanceOf(pg.Client);
  });

  it("verifies the server's name and encrypts", async () => {
    await using pool = database.open();
    const { rows } = await pool.query("SELECT current_setting('application_name') AS name");
    expect(rows).toHaveLength(1);
    const client = await pool.connect();
    const stream = (client as unknown as { connection: { stream: import("node:tls").TLSSocket } }).connection
      .stream;
    expect(stream.authorized).toBe(true);
    expect((stream as unknown as { servername: string }).servername).toBe(database.readWriteDns);
    client.release();
  });

  it("passes errors of queries on and repeats no query", async () => {
    await using pool = database.open();
    await expect(pool.query("SELECT 1/0")).rejects.toMatchObject({ code: "22012" });
    await pool.query("CREATE SEQUENCE IF NOT EXISTS attempts");
    // A refused password that a query reports (as dblink does) is the query's error, not the login's.
    const raise = "DO $$ BEGIN PERFORM nextval('attempts'); RAISE EXCEPTION USING ERRCODE = '28P01'; END $$";
    await expect(pool.query(raise)).rejects.toMatchObject({ code: "28P01" });
    const { rows } = await pool.query("SELECT nextval('attempts')::int AS n");
    expect(rows[0].n).toBe(2);
    expect(database.authority.logins.refused).toBe(0);
  });

  it("reads from the readable secondaries with the same token, and ends them too", async () => {
    const minted = database.authority.minted;
    const pool = database.open();
    await select(pool, 1);
    const readOnly = pool.readOnly();
    expect(pool.readOnly()).toBe(readOnly);
    expect(readOnly.options.host).toBe(database.readOnlyDns);
    await select(readOnly, 2);
    expect(database.authority.minted).toBe(minted + 1);
    await pool.end();
    expect(readOnly.ended).toBe(true);
  });

  it("shows no token when it, its clients or its errors are printed", async () => {
    await using pool = database.open({ max: 1 });
    const client = await pool.connect();
    client.release();
    await using failing = database.open({ database: "nowhere" });
    const error = await failing.connect().catch((caught) => caught);
    const printed = [pool, client, error].map((one) => inspect(one, { depth: 20, getters: true }));
    expect(printed.join()).not.toContain("secret-token");
    expect(JSON.stringify([pool.options, error])).not.toContain("secret-token");
  });

  it("shares a token source among pools, which outlives each of them", async () => {
    const { authority } = database;
    const minted = authority.minted;
    using tokens = new TokenSource({ mint: authority.mint, clock: authority.clock });
    for (const name of ["postgres", "databricks_postgres"]) {
      await using pool = database.open({ tokens, database: name });
      expect((await pool.query("SELECT current_database() AS name")).rows).toEqual([{ name }]);
    }
    expect(authority.minted).toBe(minted + 1);
    expect(tokens.current()).toBeDefined();
  });
});

describe("tokens come and go", () => {
  it("32 clients that log in all the time fail no query while tokens of 2 s rotate", async () => {
    const { authority } = database;
    authority.lifetimeMillis = 2_000;
    const minted = authority.minted;
    await using pool = database.open({
      poolSize: 0,
      maxOverflow: 32,
      maxUses: 2,
      connectionTimeoutMillis: 0,
    });
    const failures: string[] = [];
    for (let round = 0; round < 40; round += 1) {
      const outcome = tally(Array.from({ length: 32 }, (_, at) => select(pool, at)));
      await authority.clock.advance(500);
      failures.push(...(await outcome).failures);
    }
    expect(failures).toEqual([]);
    expect(authority.minted - minted).toBeGreaterThan(8);
    expect(authority.logins.accepted).toBeGreaterThan(500);
  });

  it("every client recovers when all tokens are revoked at once, and no query fails", async () => {
    const { authority } = database;
    await using pool = database.open({ poolSize: 0, maxOverflow: 32, maxUses: 1 });
    let reconnects = 0;
    pool.on("reconnect", () => {
      reconnects += 1;
    });
    await tally(Array.from({ length: 32 }, (_, at) => select(pool, at)));
    for (let round = 1; round <= 3; round += 1) {
      const minted = authority.minted;
      authority.revokeAll();
      const { failures } = await tally(Array.from({ length: 96 }, (_, at) => select(pool, at)));
      expect(failures).toEqual([]);
      expect(authority.minted).toBe(minted + 1);
    }
    expect(reconnects).toBe(authority.logins.refused);
    expect(reconnects).toBeGreaterThanOrEqual(3);
  });

  it("recovers in every way of asking for a connection", async () => {
    const { authority } = database;
    await using pool = database.open({ maxUses: 1 });
    const ways: (() => Promise<unknown>)[] = [
      () => select(pool, 1),
      () =>
        new Promise((resolve, reject) =>
          pool.query("SELECT 1", (error: Error) => (error ? reject(error) : resolve(1))),
        ),
      async () => (await pool.connect()).release(),
      () =>
        new Promise((resolve, reject) =>
          pool.connect((error, _client, done) => {
            done();
            if (error) reject(error);
            else resolve(1);
          }),
        ),
    ];
    for (const way of ways) {
      await way();
      authority.revokeAll();
      await way();
    }
    expect(authority.logins.refused).toBe(ways.length);
  });

  it("open sessions live on while the credential API is down, and logins to the token's last second", async () => {
    const { authority } = database;
    await using pool = database.open({ maxUses: 1, connectionTimeoutMillis: 0 });
    await select(pool, 0);
    authority.isFailing = true;
    for (let minute = 0; minute < 59; minute += 1) {
      await authority.clock.advance(60_000);
      await select(pool, minute);
    }
    await authority.clock.advance(59_000);
    await select(pool, 60);
    const lost = select(pool, 0);
    authority.isFailing = false;
    await lost;
  });

  it("says what is missing when the token ran out, and comes back by itself", async () => {
    const { authority } = database;
    await using pool = database.open({ maxUses: 1 });
    const failed: unknown[] = [];
    pool.on("refresh-failed", ({ error }) => failed.push(error));
    await select(pool, 0);
    authority.isFailing = true;
    await authority.clock.advance(3_600_000);
    const outcome = select(pool, 1).catch((error) => error);
    expect(await authority.clock.during(outcome)).toMatchObject({
      name: "ConnectionProblem",
      stage: "credential",
    });
    expect(failed.length).toBeGreaterThan(3);
    authority.isFailing = false;
    expect((await authority.clock.during(select(pool, 2))).rows).toEqual([{ value: 2 }]);
  });

  it("serves everybody on the connections that are open, for as long as no token can be had", async () => {
    const { authority } = database;
    await using pool = database.open({ poolSize: 2 });
    await tally([select(pool, 1), select(pool, 2)]);
    expect(pool.totalCount).toBe(2);
    authority.isFailing = true;
    await authority.clock.advance(3 * 3_600_000);
    for (let round = 0; round < 5; round += 1) {
      const outcome = tally(Array.from({ length: 40 }, (_, at) => select(pool, at)));
      expect(await outcome).toEqual({ done: 40, failures: [] });
    }
    expect(pool.totalCount).toBe(2);
    expect(pool.waitingCount).toBe(0);
    // Without a free connection the wait ends with the reason, not never.
    const [one, two] = await Promise.all([pool.connect(), pool.connect()]);
    const third = pool.connect().catch((error) => error);
    const fourth = pool.connect().catch((error) => error);
    expect(pool.waitingCount).toBe(2);
    expect(await authority.clock.during(third)).toMatchObject({ stage: "credential" });
    expect(await fourth).toMatchObject({ stage: "credential" });
    // A token that comes lets the pool grow again.
    const fifth = pool.connect();
    authority.isFailing = false;
    (await authority.clock.during(fifth)).release();
    expect(pool.totalCount).toBe(3);
    one.release();
    two.release();
  });

  it("tries a refused login twice and then tells, without a storm of tokens", async () => {
    const { authority } = database;
    const minted = authority.minted;
    await using pool = database.open({
      mintToken: async () => {
        const issued = await authority.mint();
        authority.revokeAll();
        return issued;
      },
    });
    const first = await select(pool, 1).catch((error) => error);
    expect(first).toMatchObject({ stage: "login", code: "28P01" });
    expect(authority.minted - minted).toBe(2);
    const more = tally(Array.from({ length: 60 }, () => select(pool, 1)));
    expect((await authority.clock.during(more)).done).toBe(0);
    // 15 connections at a time share one token.
    expect(authority.minted - minted).toBeLessThan(30);
    expect(String(first)).not.toContain("secret-token");
  });
});

describe("the instance comes and goes", () => {
  it("a restart fails queries only while it lasts, harms no idle connection, and all clients come back", async () => {
    await using pool = database.open({ poolSize: 8 });
    const lost: unknown[] = [];
    pool.on("connection-lost", ({ error }) => lost.push(error));
    await tally(Array.from({ length: 8 }, (_, at) => select(pool, at)));
    const lent = await pool.connect();
    await database.host.stop(database.uid);
    const { done, failures } = await tally(Array.from({ length: 8 }, (_, at) => select(pool, at)));
    expect(done).toBe(0);
    expect(failures.join()).not.toContain("secret-token");
    // A connection that broke in the hands of the application fails its next query, not the process.
    await expect(lent.query("SELECT 1")).rejects.toThrow();
    lent.release(true);
    await database.host.start(database.uid);
    const after = await tally(Array.from({ length: 32 }, (_, at) => select(pool, at)));
    expect(after.failures).toEqual([]);
    expect(lost.length).toBeGreaterThan(0);
  });

  it("explains what is wrong, stage by stage", async () => {
    const cases = [
      { options: { database: "nowhere" }, stage: "login", code: "3D000" },
      { options: { user: "nobody@example.com" }, stage: "login", code: "28000" },
      { options: { host: "instance-1.invalid" }, stage: "resolve", code: "ENOTFOUND" },
      { options: { port: 1 }, stage: "connect", code: "ECONNREFUSED" },
      { options: { sslRootCert: undefined }, stage: "tls", code: undefined },
    ];
    for (const { options, stage, code } of cases) {
      await using pool = database.open(options);
      const error = await select(pool, 1).catch((caught) => caught);
      expect(error, stage).toMatchObject({ name: "ConnectionProblem", stage });
      if (code !== undefined) expect(error.code).toBe(code);
      expect(error.message).toMatch(/to fix: /);
    }
  });
});

describe("the address", () => {
  it("is found by other DNS servers when the system fails, and TLS still checks the name", async () => {
    const asked: string[] = [];
    const resolve = {
      lookup: () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" })),
      configuredServers: async () => [],
      query: async (host: string, server: string) => {
        asked.push(`${server} ${host}`);
        return [{ address: "127.0.0.1", family: 4 as const }];
      },
    };
    const { options } = database;
    const name = "instance-1.example.invalid";
    const elsewhere = {
      ...options,
      host: name,
      dnsServers: ["10.0.0.53"],
      tokens: { mode: "lazy" as const },
    };
    await using pool = createLakebasePool(elsewhere, { clock: database.authority.clock, resolve });
    // The gateway was reached, and has no certificate for that name.
    await expect(select(pool, 1)).rejects.toMatchObject({ stage: "tls", host: name });
    expect(asked).toEqual([`10.0.0.53 ${name}`]);
  });

  it("may be given, and TLS still checks the name", async () => {
    await using pool = database.open({ hostAddress: "127.0.0.1" });
    await select(pool, 1);
    await using wrong = database.open({ hostAddress: "127.0.0.1", host: "instance-1.example.invalid" });
    await expect(select(wrong, 1)).rejects.toMatchObject({ stage: "tls" });
  });
});

describe("lazy tokens", () => {
  it("need no timer, and recover from revocation all the same", async () => {
    const { clock } = database.authority;
    await using pool = database.open({ tokens: { mode: "lazy" }, maxUses: 1 });
    const timers = clock.timers.size;
    await pool.ready();
    expect(clock.timers.size).toBe(timers);
    database.authority.revokeAll();
    expect((await select(pool, 3)).rows).toEqual([{ value: 3 }]);
  });
});

describe("ending", () => {
  it("lets queries finish that were begun before, also those that wait for the first token", async () => {
    const pool = database.open();
    const outcome = tally(Array.from({ length: 15 }, (_, at) => select(pool, at)));
    await pool.end();
    expect(await outcome).toEqual({ done: 15, failures: [] });
  });

  it("closes connections, token source and timers, by callback and promise", async () => {
    const pool = database.open();
    await select(pool, 1);
    expect(database.authority.clock.timers.size).toBeGreaterThan(0);
    await new Promise<void>((resolve) => pool.end(resolve));
    expect(database.authority.clock.timers.size).toBe(0);
    expect(pool.totalCount).toBe(0);
    await expect(pool.query("SELECT 1")).rejects.toThrow(/after calling end/);
    await expect(pool.end()).rejects.toThrow(/more than once/);
    await pool[Symbol.asyncDispose]();
  });
});
