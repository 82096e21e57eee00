// Bytes that are no HTTP, or HTTP that two readers could read in two ways: refused or cut off, and never obeyed.
import { once } from "node:events";
import type { Socket } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApiWorkspace, type TestWorkspace } from "../support/workspace.ts";
import { effort, patience } from "./support/effort.ts";
import { dial, parseAnswer, readAll, request } from "./support/http.ts";

let api: TestWorkspace;

beforeAll(async () => {
  api = await startApiWorkspace({ delays: "fast" });
  await api.createInstance({ name: "db" });
});
afterAll(() => api[Symbol.asyncDispose]());

const instances = "/api/2.0/database/instances";
const good = () => ["Authorization", `Bearer ${api.workspace.token}`] as const;

/** Sends bytes, closes the sending side, and reads what comes until the other side has closed too. */
async function sendAll(bytes: Buffer): Promise<Buffer> {
  const socket = await dial(api.workspace.apiUrl);
  const answer = readAll(socket);
  socket.end(bytes);
  return answer;
}

const noise = fc.uint8Array({ maxLength: 600 }).map((array) => Buffer.from(array));
const line = fc.constantFrom(
  ...[
    "GET / HTTP/1.1",
    "GET  /  HTTP/9.9",
    "GET /\0 HTTP/1.1",
    "PRI * HTTP/2.0",
    "GET http://[::1 HTTP/1.1",
    "\x16\x03\x01",
  ],
  ...[
    "Host: a",
    "Host: a\r\nHost: b",
    "Content-Length: -1",
    "Content-Length: 99999999999999999999",
    "Content-Length: 5",
  ],
  ...[
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip",
    "Expect: 100-continue",
    "Upgrade: websocket",
    " folded: x",
  ],
  ...[
    "Connection: upgrade",
    "X".repeat(20_000),
    "Name : value",
    ": empty",
    "",
    "FFFFFFFFFFFFFFFF",
    "0",
    "zz",
  ],
);
const brokenHttp = fc
  .tuple(fc.array(line, { maxLength: 8 }), fc.constantFrom("\r\n", "\n", "\r"), noise)
  .map(([lines, end, rest]) => Buffer.concat([Buffer.from(lines.join(end) + end + end), rest]));
/** A good request cut off, with a few bytes changed. */
const damaged = fc
  .tuple(fc.nat(400), fc.array(fc.tuple(fc.nat(399), fc.nat(255)), { maxLength: 4 }))
  .map(([length, changes]) => {
    const bytes = Buffer.from(
      request("POST", instances, [good()], Buffer.from('{"name":"made"}')).subarray(0, length),
    );
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });

test("bytes of any kind: refused, cut off or answered, and others are served", {
  timeout: patience,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(noise, brokenHttp, damaged), async (bytes) => {
      const answer = parseAnswer(await sendAll(bytes));
      expect(answer?.status).not.toBe(500);
    }),
    effort(400),
  );
  expect((await api.call("GET", `${instances}/db`)).status).toBe(200);
});

const smuggled = `DELETE ${instances}/db HTTP/1.1\r\nHost: a\r\n`;
test.each([
  ["both lengths", ["Content-Length: 4", "Transfer-Encoding: chunked"]],
  ["two lengths", ["Content-Length: 5", "Content-Length: 500"]],
  ["a hidden transfer encoding", ["Content-Length: 5", "Transfer-Encoding : chunked"]],
  ["an odd transfer encoding", ["Content-Length: 5", "Transfer-Encoding: xchunked"]],
  ["two transfer encodings", ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"]],
  ["a length with a sign", ["Content-Length: +5"]],
  ["a length in hexadecimal", ["Content-Length: 0x5"]],
  ["a folded length", ["Content-Length:", " 5"]],
])("%s: the request is refused, and what hides in its body is not obeyed", async (_what, headers) => {
  const token = good().join(": ");
  const head = [`POST ${instances} HTTP/1.1`, "Host: a", token, ...headers].join("\r\n");
  await api.call("DELETE", "/local/requests");
  const answer = parseAnswer(
    await sendAll(Buffer.from(`${head}\r\n\r\n0\r\n\r\n${smuggled}${token}\r\n\r\n`)),
  );
  expect(answer?.status).toBe(400);
  expect((await api.call("GET", "/local/requests")).body.requests).toEqual([]);
  expect((await api.call("GET", `${instances}/db`)).status).toBe(200);
});

test("clients that never finish their requests keep nobody waiting, and end with the workspace", async () => {
  await using own = await startApiWorkspace({ delays: "fast" });
  const slow: Socket[] = [];
  for (let client = 0; client < 200; client += 1) {
    const socket = await dial(own.workspace.apiUrl);
    socket.write(
      client % 2 === 0
        ? "GET / HTTP/1.1\r\nHost: a\r\nX"
        : "POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{",
    );
    slow.push(socket.resume());
  }
  expect((await own.call("GET", instances)).status).toBe(200);
  const ended = slow.map((socket) => once(socket, "close"));
  await own.workspace.close();
  await Promise.all(ended);
});

test("an answer that nobody reads keeps nobody waiting", async () => {
  const socket = await dial(api.workspace.apiUrl);
  socket.pause();
  const one = request("GET", instances, [good()])
    .toString()
    .replace("Connection: close", "Connection: keep-alive");
  socket.write(one.repeat(500));
  expect((await api.call("GET", `${instances}/db`)).status).toBe(200);
  socket.destroy();
});
