// Bytes from anybody must never crash the gateway or make it hold a connection: each is answered or closed.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  message,
  OWNER,
  rawConnect,
  readChunk,
  readToEnd,
  request,
  sql,
  startInstance,
  startTestHost,
  startup,
  type TestHost,
  tlsConnect,
} from "./support.ts";

let host: TestHost;

beforeAll(async () => {
  host = await startTestHost({ instancesOfToken: async () => ["one"] });
  await startInstance(host, "one");
});
afterAll(() => host[Symbol.asyncDispose]());

const noise = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array));
const wrongLength = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((length) => {
  const packet = startup({ user: OWNER });
  packet.writeInt32BE(length);
  return packet;
});
const cutOff = fc.nat(30).map((length) => startup({ user: OWNER, database: "postgres" }).subarray(0, length));
const code = fc.constantFrom(80_877_102, 80_877_103, 80_877_104, 1 << 16, 3 << 16);
const odd = fc.tuple(code, noise).map(([value, rest]) => request(value, rest));
const hostile = fc.oneof(noise, wrongLength, cutOff, odd);

test("in plain text", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (bytes) => {
      const socket = await rawConnect(host);
      socket.end(bytes);
      const answer = await readToEnd(socket);
      // Nothing, S or N for encryption, a TLS alert, or an ErrorResponse.
      expect(["", "S", "N", "E", "\x15"]).toContain(answer.toString("latin1", 0, 1));
    }),
    { numRuns: 150 },
  );
  expect(await sql(host, "one", "SELECT 1")).toBe(1);
});

test("over TLS, instead of a startup message", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (bytes) => {
      const client = await tlsConnect(host);
      client.end(bytes);
      const answer = await readToEnd(client);
      expect(["", "E", "R"]).toContain(answer.toString("latin1", 0, 1));
    }),
    { numRuns: 60 },
  );
  expect(await sql(host, "one", "SELECT 1")).toBe(1);
});

test("over TLS, instead of a password", async () => {
  const wrongPassword = noise.map((bytes) => message("p", bytes));
  await fc.assert(
    fc.asyncProperty(fc.oneof(noise, wrongPassword), async (bytes) => {
      const client = await tlsConnect(host);
      client.write(startup({ user: OWNER }));
      expect((await readChunk(client)).toString("latin1", 0, 1)).toBe("R");
      client.end(bytes);
      const answer = await readToEnd(client);
      expect(["", "E"]).toContain(answer.toString("latin1", 0, 1));
    }),
    { numRuns: 60 },
  );
  expect(await sql(host, "one", "SELECT 1")).toBe(1);
});
