// Sessions through the gateway: data, notifications, cancellation, limits, and how they end.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  clientConfig,
  eventually,
  rawConnect,
  readToEnd,
  request,
  sql,
  startInstance,
  startTestHost,
  type TestHost,
  tlsConnect,
  withClient,
} from "./support.ts";

const CANCEL = 80_877_102;

let host: TestHost;

beforeAll(async () => {
  host = await startTestHost();
  await Promise.all([startInstance(host, "one"), startInstance(host, "two")]);
});
afterAll(() => host[Symbol.asyncDispose]());

test("a parameter and a result of 20 MB", async () => {
  const text = randomBytes(10 * 1024 * 1024).toString("hex");
  const { rows } = await withClient(clientConfig(host, "one"), (client) =>
    client.query<{ echo: string }>("SELECT $1::text AS echo", [text]),
  );
  expect(rows[0]!.echo === text).toBe(true);
});

test("LISTEN and NOTIFY between two clients", async () => {
  await withClient(clientConfig(host, "one"), async (listener) => {
    await listener.query("LISTEN news");
    const heard = once(listener, "notification");
    await sql(host, "one", "NOTIFY news, 'hello'");
    expect((await heard)[0]).toMatchObject({ channel: "news", payload: "hello" });
  });
});

test.each([
  ["in plain text, as libpq before 17 sends it", () => rawConnect(host)],
  ["over TLS", () => tlsConnect(host)],
])("CancelRequest %s reaches the server of its session", async (_, connect) => {
  await withClient(clientConfig(host, "two"), async (client) => {
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const key = Buffer.alloc(8);
    key.writeInt32BE(processID, 0);
    key.writeInt32BE(secretKey, 4);
    const sleep = client.query("SELECT pg_sleep(600)");
    const ended = expect(sleep).rejects.toMatchObject({ code: "57014" });
    await eventually(async () => {
      const { rows } = await host.query(
        "two",
        "postgres",
        "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
      );
      return rows.length === 1;
    }, "the query sleeps");
    const canceller = await connect();
    canceller.write(request(CANCEL, key));
    expect(await readToEnd(canceller)).toHaveLength(0);
    await ended;
  });
});

test("CancelRequest with a wrong key has no effect and no answer", async () => {
  const canceller = await rawConnect(host);
  canceller.write(request(CANCEL, Buffer.alloc(8, 7)));
  expect(await readToEnd(canceller)).toHaveLength(0);
});

test("a client that vanishes leaves no session behind", async () => {
  const client = new pg.Client(clientConfig(host, "one", { application_name: "vanishing" }));
  client.on("error", () => {});
  await client.connect();
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  await eventually(async () => {
    const { rows } = await host.query(
      "one",
      "postgres",
      "SELECT FROM pg_stat_activity WHERE application_name = 'vanishing'",
    );
    return rows.length === 0;
  }, "its session ends");
});

test("the connection limit counts clients of the instance, and a closed one makes room", async () => {
  await using small = await startTestHost({ maxConnections: 2 });
  await Promise.all([startInstance(small, "a"), startInstance(small, "b")]);
  const config = clientConfig(small, "a");
  await withClient(config, () =>
    withClient(config, async () => {
      await expect(withClient(config, async () => {})).rejects.toMatchObject({
        code: "53300",
        message: "sorry, too many clients already",
      });
      expect(await sql(small, "b", "SELECT 1")).toBe(1);
      expect((await small.query("a", "postgres", "SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    }),
  );
  await eventually(() => withClient(config, async () => true).catch(() => false), "a new client fits in");
});

test("stop ends sessions with the server's own 57P01, and the instance refuses until it is started", async () => {
  await startInstance(host, "stopping");
  const client = new pg.Client(clientConfig(host, "stopping"));
  client.on("error", () => {});
  const failure = once(client, "error");
  await client.connect();
  const [[error]] = await Promise.all([failure, host.stop("stopping")]);
  expect(error).toMatchObject({
    severity: "FATAL",
    code: "57P01",
    message: "terminating connection due to administrator command",
  });
  await expect(sql(host, "stopping", "SELECT 1")).rejects.toMatchObject({ code: "57P03" });
  await host.start("stopping");
  expect(await sql(host, "stopping", "SELECT 1")).toBe(1);
});

test("close ends idle and half-connected clients and frees the port", async () => {
  await using closing = await startTestHost();
  await startInstance(closing, "x");
  const client = new pg.Client(clientConfig(closing, "x"));
  client.on("error", () => {});
  const failure = once(client, "error");
  await client.connect();
  const halfConnected = await tlsConnect(closing);
  const silent = await rawConnect(closing);
  const ends = [readToEnd(halfConnected), readToEnd(silent)];
  await closing.close();
  expect((await failure)[0]).toMatchObject({ code: "57P01" });
  expect(await Promise.all(ends)).toEqual([Buffer.alloc(0), Buffer.alloc(0)]);
  await expect(rawConnect(closing)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});
