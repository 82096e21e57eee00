// Clients of PostgreSQL's gateway that say anything in any order: cut off or refused, and never let in.
import { connect as connectTls } from "node:tls";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  eventually,
  message,
  names,
  OWNER,
  rawConnect,
  request,
  sql,
  startInstance,
  startTestHost,
  startup,
  type TestHost,
  TOKEN,
} from "../postgres/support.ts";
import { effort, patience } from "./support/effort.ts";
import { allowedGrowth, heapMegabytes } from "./support/memory.ts";

/** Milliseconds for a client to log in: who stops half-way is cut off soon. */
const authenticationTimeout = 150;

let host: TestHost;

beforeAll(async () => {
  // A thief's token names an instance, and is not accepted for it.
  host = await startTestHost({ authenticationTimeout, instancesOfToken: async () => ["one"] });
  await startInstance(host, "one");
});
afterAll(() => host[Symbol.asyncDispose]());

type Move =
  | { kind: "send"; what: string; bytes: Buffer }
  | { kind: "bytewise"; what: string; bytes: Buffer }
  | { kind: "secure"; servername: string; alpn: boolean }
  | { kind: "half-close" };

const text = fc.string({ unit: "binary", maxLength: 30 });
const noise = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const parameter = fc.tuple(
  fc.constantFrom(
    "user",
    "database",
    "options",
    "replication",
    "client_encoding",
    "_pq_.x",
    "DateStyle",
    "",
    "__proto__",
  ),
  fc.oneof(
    text,
    fc.constantFrom(OWNER, "postgres", "databricks_control_plane", "true", "-c x=y", "x".repeat(9_000)),
  ),
);
const startups = fc.array(parameter, { maxLength: 6 }).map((parameters) => {
  const pairs = parameters.map(([name, value]) => `${name}\0${value}\0`).join("");
  return request(3 << 16, Buffer.from(`${pairs}\0`));
});
const lengths = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const withLength = (bytes: Buffer, at: number, length: number): Buffer => {
  const changed = Buffer.from(bytes);
  changed.writeInt32BE(length, at);
  return changed;
};
const badPassword = fc
  .oneof(text, fc.constantFrom("", "x", `${TOKEN} `, TOKEN.toUpperCase(), "\0", "a".repeat(70_000)))
  .filter((password) => password !== TOKEN)
  .map((password) => message("p", Buffer.from(`${password}\0`)));

const packet = fc.oneof(
  fc
    .constantFrom(80_877_102, 80_877_103, 80_877_104, 2 << 16, 3 << 16, (3 << 16) + 2, 4 << 16)
    .map((code) => request(code)),
  fc.uint8Array({ minLength: 8, maxLength: 8 }).map((key) => request(80_877_102, Buffer.from(key))),
  startups,
  fc.constant(startup({ user: OWNER, database: "postgres" })),
  fc.constant(startup({ user: OWNER, replication: "database" })),
  lengths.map((length) => withLength(startup({ user: OWNER }), 0, length)),
  badPassword,
  lengths.map((length) => withLength(message("p", Buffer.from("secret\0")), 1, length)),
  fc.tuple(fc.constantFrom("Q", "X", "p", "F", "d", "S"), noise).map(([type, body]) => message(type, body)),
  noise,
  fc.constant(Buffer.from("GET / HTTP/1.1\r\n\r\n")),
);

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: packet.map((bytes): Move => ({ kind: "send", what: "packet", bytes })) },
  {
    weight: 1,
    arbitrary: packet.map(
      (bytes): Move => ({ kind: "bytewise", what: "packet", bytes: bytes.subarray(0, 60) }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("secure" as const),
      servername: fc.constantFrom(
        ...[
          names("one").readWriteDns,
          names("one").readOnlyDns,
          "localhost",
          "instance-none.database.localhost",
        ],
        ...["example.com", `${"a".repeat(60)}.localhost`, "*.localhost", "__proto__"],
      ),
      alpn: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Move>({ kind: "half-close" }) },
);

/** Plays a conversation and resolves to everything the gateway said, once it has closed the connection. */
async function play(moves: readonly Move[]): Promise<{ plain: Buffer; secured: Buffer }> {
  const socket = await rawConnect(host);
  const plain: Buffer[] = [];
  const secured: Buffer[] = [];
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const hear = (chunk: Buffer) => plain.push(chunk);
  socket.on("data", hear);
  let stream: typeof socket = socket;
  let isSecure = false;
  let isAsked = false;
  for (const one of moves) {
    if (stream.destroyed) break;
    const isAwaited = isAsked && plain.length === 0;
    isAsked = one.kind === "send" && one.what === "ssl request";
    if (one.kind === "half-close") stream.end();
    if (one.kind === "send") stream.write(one.bytes);
    if (one.kind === "bytewise") for (const byte of one.bytes) stream.write(Buffer.from([byte]));
    if (one.kind === "secure" && !isSecure) {
      isSecure = true;
      // The answer to a request for TLS is not part of it.
      if (isAwaited) await Promise.race([new Promise((said) => socket.once("data", said)), closed]);
      socket.off("data", hear);
      const { servername, alpn } = one;
      const protocols = alpn ? { ALPNProtocols: ["postgresql"] } : {};
      const secure = connectTls({ socket, servername, rejectUnauthorized: false, ...protocols });
      secure.on("error", () => {});
      secure.on("data", (chunk: Buffer) => secured.push(chunk));
      await Promise.race([new Promise((done) => secure.once("secureConnect", done)), closed]);
      stream = secure;
    }
  }
  // The gateway closes: at once, or when the time for a login is over.
  stream.resume();
  await closed;
  return { plain: Buffer.concat(plain), secured: Buffer.concat(secured) };
}

const authenticated = Buffer.from("R\0\0\0\x08\0\0\0\0", "latin1");

/** As clients begin, followed by whatever. */
const ssl: Move = { kind: "send", what: "ssl request", bytes: request(80_877_103) };
const secure: Move = { kind: "secure", servername: names("one").readWriteDns, alpn: true };
const greeting: Move = {
  kind: "send",
  what: "startup",
  bytes: startup({ user: OWNER, database: "postgres" }),
};
const beginning = fc.constantFrom<Move[]>(
  [],
  [ssl],
  [ssl, secure],
  [secure],
  [ssl, secure, greeting],
  [secure, greeting],
);
const conversation = fc
  .tuple(beginning, fc.array(move, { maxLength: 6 }))
  .map(([first, rest]) => [...first, ...rest]);

test("conversations without the right token end, and nobody is let in", { timeout: patience }, async () => {
  await fc.assert(
    // Several at once: most wait for the end of their time.
    fc.asyncProperty(fc.array(conversation, { minLength: 12, maxLength: 12 }), async (conversations) => {
      for (const { plain, secured } of await Promise.all(conversations.map(play))) {
        expect(plain.includes(authenticated) || secured.includes(authenticated)).toBe(false);
        expect(["", "S", "N", "E", "\x15"]).toContain(plain.toString("latin1", 0, 1));
        expect(["", "R", "E", "v"]).toContain(secured.toString("latin1", 0, 1));
      }
    }),
    effort(40),
  );
  expect(await sql(host, "one", "SELECT 1")).toBe(1);
});

test("garbage after the login ends the session and nothing else", { timeout: patience }, async () => {
  const password: Move = { kind: "send", what: "password", bytes: message("p", Buffer.from(`${TOKEN}\0`)) };
  const after = fc.array(
    fc.oneof(
      packet,
      lengths.map((length) => withLength(message("Q", Buffer.from("SELECT 1\0")), 1, length)),
    ),
    {
      maxLength: 5,
    },
  );
  await fc.assert(
    fc.asyncProperty(after, async (packets) => {
      const moves = packets.map((bytes): Move => ({ kind: "send", what: "garbage", bytes }));
      const { secured } = await play([ssl, secure, greeting, password, ...moves, { kind: "half-close" }]);
      expect(secured.toString("latin1", 0, 1)).toBe("R");
    }),
    effort(60),
  );
  const sessions = () =>
    sql(host, "one", "SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend'");
  await eventually(async () => (await sessions()) === 1, "the sessions have ended");
});

test("memory is given back", { timeout: patience }, async () => {
  const rounds = async (): Promise<number> => {
    const samples = fc.sample(conversation, { numRuns: 150, seed: 7 });
    for (let at = 0; at < samples.length; at += 25) await Promise.all(samples.slice(at, at + 25).map(play));
    host.log.length = 0;
    return heapMegabytes();
  };
  const before = await rounds();
  await rounds();
  expect((await rounds()) - before).toBeLessThan(allowedGrowth);
});
