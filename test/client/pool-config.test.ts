// Every key of pg's PoolConfig is honoured: one check each, and the compiler says when a new key has none.

import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import pg, { type PoolConfig } from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createLakebasePool, type LakebasePool, type LakebasePoolOptions } from "../../client/index.ts";
import { startDatabase, type TestDatabase } from "./support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startDatabase();
});
afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
});

interface Inside extends pg.PoolClient {
  enableChannelBinding: boolean;
  connection: pg.Connection & {
    _keepAlive: boolean;
    _keepAliveInitialDelayMillis: number;
    stream: TLSSocket;
  };
  connectionParameters: Record<string, unknown>;
}

const setting = async (pool: LakebasePool, name: string) =>
  (await pool.query("SELECT current_setting($1) AS value", [name])).rows[0].value;

const backend = async (pool: LakebasePool) =>
  (await pool.query("SELECT pg_backend_pid() AS pid")).rows[0].pid;

/** Looks into a connection of a pool with these options. */
async function inside<T>(options: LakebasePoolOptions, look: (client: Inside) => T): Promise<T> {
  await using pool = database.open(options);
  const client = await pool.connect();
  try {
    return look(client as Inside);
  } finally {
    client.release();
  }
}

/** What the server says about a setting, with these options. */
async function shown(options: LakebasePoolOptions, name: string): Promise<string> {
  await using pool = database.open(options);
  return setting(pool, name);
}

const eventually = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 30_000, interval: 20 });

const checks: Record<keyof Required<PoolConfig>, () => Promise<unknown>> = {
  async user() {
    await database.host.query(database.uid, "postgres", 'CREATE ROLE "grace" LOGIN');
    await using pool = database.open({ user: "grace" });
    expect((await pool.query("SELECT current_user AS name")).rows[0].name).toBe("grace");
  },
  async database() {
    await using pool = database.open({ database: "postgres" });
    expect((await pool.query("SELECT current_database() AS name")).rows[0].name).toBe("postgres");
  },
  async password() {
    const withPassword = { ...database.options, password: "hunter2" } as LakebasePoolOptions;
    expect(() => createLakebasePool(withPassword)).toThrow(/password: the password is a token/);
  },
  async port() {
    expect(await inside({ port: database.host.port }, (client) => client.port)).toBe(database.host.port);
  },
  async host() {
    expect(await inside({}, (client) => client.connection.stream.servername)).toBe(database.readWriteDns);
  },
  async connectionString() {
    const { port, host, user } = database.options;
    const connectionString = `postgresql://${encodeURIComponent(String(user))}@${host}:${port}/postgres?application_name=text`;
    const instead = { port: undefined, host: undefined, user: undefined, connectionString };
    await using pool = database.open(instead);
    expect(await setting(pool, "application_name")).toBe("text");
  },
  async keepAlive() {
    expect(await inside({}, ({ connection }) => connection._keepAlive)).toBe(true);
    expect(await inside({ keepAlive: false }, ({ connection }) => connection._keepAlive)).toBe(false);
  },
  async keepAliveInitialDelayMillis() {
    const look = ({ connection }: Inside) => connection._keepAliveInitialDelayMillis;
    expect(await inside({ keepAliveInitialDelayMillis: 1234 }, look)).toBe(1234);
  },
  async stream() {
    const { Socket: Plain } = await import("node:net");
    const made: Socket[] = [];
    const stream = () => {
      const socket = new Plain();
      made.push(socket);
      // An own socket finds the address its own way.
      const connect = socket.connect.bind(socket);
      socket.connect = ((port: number) => connect(port, "127.0.0.1")) as never;
      return socket;
    };
    await inside({ stream }, () => expect(made).toHaveLength(1));
  },
  async statement_timeout() {
    expect(await shown({ statement_timeout: 4321 }, "statement_timeout")).toBe("4321ms");
  },
  async lock_timeout() {
    expect(await shown({ lock_timeout: 4322 }, "lock_timeout")).toBe("4322ms");
  },
  async idle_in_transaction_session_timeout() {
    const name = "idle_in_transaction_session_timeout";
    expect(await shown({ [name]: 4323 }, name)).toBe("4323ms");
  },
  async query_timeout() {
    await using pool = database.open({ query_timeout: 50 });
    await expect(pool.query("SELECT pg_sleep(30)")).rejects.toThrow(/timeout/);
  },
  async application_name() {
    expect(await shown({ application_name: "mine" }, "application_name")).toBe("mine");
  },
  async fallback_application_name() {
    expect(await shown({ fallback_application_name: "else" }, "application_name")).toBe("else");
  },
  async options() {
    expect(await shown({ options: "-c search_path=elsewhere" }, "search_path")).toBe("elsewhere");
  },
  async client_encoding() {
    const look = ({ connectionParameters }: Inside) => connectionParameters.client_encoding;
    expect(await inside({ client_encoding: "utf8" }, look)).toBe("utf8");
  },
  async ssl() {
    const look = ({ connection }: Inside) => connection.stream.getProtocol();
    expect(await inside({ ssl: { maxVersion: "TLSv1.2" } }, look)).toBe("TLSv1.2");
    expect(await inside({ ssl: true }, look)).toBe("TLSv1.3");
  },
  async sslnegotiation() {
    const look = ({ connection }: Inside) => connection.stream.alpnProtocol;
    expect(await inside({ sslnegotiation: "direct" }, look)).toBe("postgresql");
  },
  async enableChannelBinding() {
    expect(await inside({ enableChannelBinding: true }, (client) => client.enableChannelBinding)).toBe(true);
  },
  async pipeline() {
    expect(await inside({ pipeline: true }, (client) => client.pipeline)).toBe(true);
  },
  async types() {
    const getTypeParser = (() => (text: string) => `parsed ${text}`) as typeof pg.types.getTypeParser;
    await using pool = database.open({ types: { getTypeParser } });
    expect((await pool.query("SELECT 5 AS five")).rows).toEqual([{ five: "parsed 5" }]);
  },
  async connectionTimeoutMillis() {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => sockets.push(socket.on("error", () => {})));
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = mute.address() as AddressInfo;
      await using pool = database.open({ port, connectionTimeoutMillis: 200 });
      await expect(pool.connect()).rejects.toMatchObject({ stage: "tls", code: "ETIMEDOUT" });
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => mute.close(resolve));
    }
  },
  async max() {
    await using pool = database.open({ max: 1 });
    const client = await pool.connect();
    const second = pool.connect();
    expect([pool.totalCount, pool.waitingCount]).toEqual([1, 1]);
    client.release();
    (await second).release();
  },
  async min() {
    await using pool = database.open({ min: 1, max: 3, idleTimeoutMillis: 20 });
    const clients = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
    for (const client of clients) client.release();
    await eventually(() => expect(pool.totalCount).toBe(1));
  },
  async idleTimeoutMillis() {
    await using pool = database.open({ min: 0, idleTimeoutMillis: 20 });
    await pool.query("SELECT 1");
    await eventually(() => expect(pool.totalCount).toBe(0));
  },
  async log() {
    const lines: unknown[] = [];
    await inside({ log: (line) => lines.push(line) }, () => expect(lines).toContain("new client connected"));
    expect(JSON.stringify(lines)).not.toContain("secret-token");
  },
  async Promise() {
    class OwnPromise<T> extends Promise<T> {}
    await using pool = database.open({ Promise: OwnPromise });
    const connecting = pool.connect();
    expect(connecting).toBeInstanceOf(OwnPromise);
    (await connecting).release();
    expect(pool.query("SELECT 1")).toBeInstanceOf(OwnPromise);
  },
  async allowExitOnIdle() {
    await using pool = database.open({ allowExitOnIdle: true });
    const client = (await pool.connect()) as Inside;
    const unref = vi.spyOn(client, "unref" as never);
    client.release();
    expect(unref).toHaveBeenCalledOnce();
  },
  async maxUses() {
    await using pool = database.open({ maxUses: 1 });
    expect(await backend(pool)).not.toBe(await backend(pool));
  },
  async maxLifetimeSeconds() {
    await using pool = database.open({ maxLifetimeSeconds: 0.05 });
    const first = await backend(pool);
    await eventually(async () => expect(await backend(pool)).not.toBe(first));
    await using endless = database.open({ maxLifetimeSeconds: 0 });
    expect(endless.options.maxLifetimeSeconds).toBe(0);
  },
  async Client() {
    class Own extends pg.Client {
      readonly mark = "own";
    }
    expect(await inside({ Client: Own }, (client) => client)).toMatchObject({ mark: "own" });
  },
  async onConnect() {
    const onConnect = vi.fn();
    await inside({ onConnect }, (client) => expect(onConnect).toHaveBeenCalledExactlyOnceWith(client));
  },
  async verify() {
    const verify = vi.fn((_client: pg.PoolClient, done: (error?: Error) => void) => done());
    await inside({ verify }, (client) => expect(verify.mock.calls[0]?.[0]).toBe(client));
  },
};

describe("PoolConfig", () => {
  it.each(Object.entries(checks))("%s is honoured", async (_, check) => {
    await check();
  });
});

describe("recycling", () => {
  it("gives each connection a life of its own, at most what was said", () => {
    const pool = database.open({ maxLifetimeSeconds: 1_000, lifetimeJitter: 0.2 });
    database.authority.clock.chance = 0;
    expect(pool.options.maxLifetimeSeconds).toBe(1_000);
    database.authority.clock.chance = 0.999_999;
    expect(pool.options.maxLifetimeSeconds).toBeCloseTo(800, 0);
    database.authority.clock.chance = 0.5;
    expect(database.open().options.maxLifetimeSeconds).toBe(12 * 3_600 * 0.95);
  });
});
