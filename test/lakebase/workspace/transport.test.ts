// What goes wrong on the wire, each with its error: no answer, refusals, limits, pages instead of JSON.
import { createServer as createTlsServer } from "node:https";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openWorkspace, WorkspaceError, type WorkspaceOptions } from "../../../lakebase/workspace/index.ts";
import { retryDelay, send } from "../../../lakebase/workspace/transport.ts";
import { createSelfSigned } from "../support/certificates.ts";
import { manualClock } from "../support/manual-clock.ts";
import {
  closedPort,
  isolateEnvironment,
  type Reply,
  startScriptedServer,
} from "../support/scripted-server.ts";

const token = "dapi-marker-4711-token";

let environment: Awaited<ReturnType<typeof isolateEnvironment>>;
beforeEach(async () => {
  environment = await isolateEnvironment();
});
afterEach(() => environment[Symbol.asyncDispose]());

/** The error of reading an instance at that address. */
async function failureAt(host: string, options: WorkspaceOptions = {}): Promise<WorkspaceError> {
  const workspace = await openWorkspace({ host, token }, options);
  const error = await workspace.getInstance("orders").catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(WorkspaceError);
  expect(inspect(error, { showHidden: true, depth: null }) + JSON.stringify(error)).not.toContain("marker");
  return error as WorkspaceError;
}

async function failureOf(reply: Reply, options: WorkspaceOptions = {}): Promise<WorkspaceError> {
  await using server = await startScriptedServer(() => reply);
  return await failureAt(server.url, options);
}

test("a refused connection names the address and, on this machine, how to start a workspace", async () => {
  const host = `http://127.0.0.1:${await closedPort()}`;
  const error = await failureAt(host);
  expect(error).toMatchObject({ errorCode: "UNREACHABLE", code: "ECONNREFUSED", host, status: undefined });
  expect(error).toMatchObject({ method: "GET", path: "/api/2.0/database/instances/orders" });
  expect(error.message).toContain(`no workspace answers at ${host}: connection refused`);
  expect(error.fix).toContain("npm run local");
});

test("a name that does not resolve", async () => {
  const error = await failureAt("https://workspace.invalid");
  expect(error.errorCode).toBe("UNREACHABLE");
  expect(error.message).toMatch(
    /workspace\.invalid does not resolve \((ENOTFOUND|EAI_AGAIN)\).*DATABRICKS_HOST/,
  );
});

test("a port that fetch refuses to use is told as such", async () => {
  expect((await failureAt("http://127.0.0.1:9")).message).toContain("the connection broke (bad port)");
});

test("a server that never answers, and one that hangs up", async () => {
  const hanging = await failureOf("hang", { timeoutMs: 100 });
  expect(hanging).toMatchObject({ errorCode: "TIMEOUT" });
  expect(hanging.message).toContain("within 0.1 s");
  expect((await failureOf("drop")).message).toMatch(/the connection broke/);
});

test("a question whose connection broke is asked again, twice; a change is not, since it may have been made", async () => {
  const answer = { json: { name: "orders", uid: "1", state: "AVAILABLE" } };
  await using server = await startScriptedServer((_, index) => (index < 2 ? "drop" : answer));
  const workspace = await openWorkspace({ host: server.url, token });
  expect((await workspace.getInstance("orders")).state).toBe("AVAILABLE");
  expect(server.requests).toHaveLength(3);
  await using closing = await startScriptedServer(() => "drop");
  const other = await openWorkspace({ host: closing.url, token });
  await expect(other.setInstanceStopped("orders", true)).rejects.toThrow("the connection broke");
  expect(closing.requests).toHaveLength(1);
  await expect(other.getInstance("orders")).rejects.toThrow("the connection broke");
  expect(closing.requests).toHaveLength(4);
});

test("an untrusted certificate: nothing, and above all no token, is sent", async () => {
  const pair = await createSelfSigned("workspace.test");
  const makeServer = (listener: Parameters<typeof createTlsServer>[1]) => createTlsServer(pair, listener);
  await using server = await startScriptedServer(() => ({ json: {} }), makeServer, "https");
  const error = await failureAt(server.url);
  expect(error).toMatchObject({ errorCode: "UNREACHABLE", code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  expect(error.fix).toContain("NODE_EXTRA_CA_CERTS");
  expect(server.requests).toHaveLength(0);
});

test.each([
  [
    401,
    { error_code: "UNAUTHENTICATED", message: "Credential was not sent" },
    /401 UNAUTHENTICATED: Credential.*expired/,
  ],
  [
    403,
    { error_code: "PERMISSION_DENIED", message: "no access" },
    /403 PERMISSION_DENIED: no access; ask for the permission/,
  ],
  [
    404,
    { error_code: "NOT_FOUND", message: "Instance orders not found" },
    /404 NOT_FOUND: Instance orders.*check the name/,
  ],
  [400, { error_code: "INVALID_PARAMETER_VALUE", message: "bad" }, /400 INVALID_PARAMETER_VALUE: bad/],
  [
    400,
    { schemas: [], scimType: "invalidFilter", detail: "scim says no" },
    /400 invalidFilter: scim says no/,
  ],
  [
    501,
    { error_code: "NOT_IMPLEMENTED", message: "later" },
    /501 NOT_IMPLEMENTED: later; the workspace failed/,
  ],
  [404, { unknown: "form" }, /404 NOT_FOUND: \{"unknown":"form"\}/],
])("status %i with %j", async (status, json, message) => {
  const error = await failureOf({ status, json });
  expect(error.message).toMatch(message);
  expect(error.status).toBe(status);
});

test("a message that repeats the token is shown without it", async () => {
  const message = `invalid header: Bearer ${token}`;
  const error = await failureOf({ status: 400, json: { error_code: "BAD_REQUEST", message } });
  expect(error.message).toContain("Bearer [secret]");
});

test.each([
  [
    "a page as a success",
    { headers: { "content-type": "text/html" }, text: "<html>Sign in</html>" },
    /a web page, not JSON/,
  ],
  [
    "a page as a refusal",
    { status: 403, headers: { "content-type": "text/html" }, text: "<html>" },
    /is the address of a workspace/,
  ],
  ["a redirect", { status: 302, headers: { location: "/login.html" } }, /302, a redirect to .*is not one/],
  [
    "half an answer",
    { headers: { "content-type": "application/json" }, text: '{"name":' },
    /application\/json, not JSON/,
  ],
  ["another JSON", { json: { hello: "world" } }, /has no "name"/],
])("%s is no workspace", async (_what, reply: Reply, message) => {
  expect((await failureOf(reply)).message).toMatch(message);
});

test("429 and 503 are tried again after the time that the workspace asks for", async () => {
  const clock = manualClock();
  const date = new Date(clock.now() + 7_000 + 4_000).toUTCString();
  const replies: Reply[] = [
    {
      status: 429,
      headers: { "retry-after": "7" },
      json: { error_code: "REQUEST_LIMIT_EXCEEDED", message: "slow" },
    },
    { status: 503, headers: { "retry-after": date }, text: "busy" },
    { status: 503, text: "busy" },
    { json: { name: "orders" } },
  ];
  await using server = await startScriptedServer((_request, index) => replies[index] ?? "drop");
  const workspace = await openWorkspace({ host: server.url, token }, { clock });
  expect((await workspace.getInstance("orders")).name).toBe("orders");
  expect(clock.sleeps).toEqual([7_000, 4_000, 2_000]);
});

test("a workspace that is unavailable for good is given up at the deadline", async () => {
  const clock = manualClock();
  const json = { error_code: "TEMPORARILY_UNAVAILABLE", message: "be back" };
  const error = await failureOf({ status: 503, json }, { clock, retryMs: 20_000 });
  expect(error).toMatchObject({ status: 503, errorCode: "TEMPORARILY_UNAVAILABLE" });
  expect(error.message).toMatch(/be back \(\d attempts in 1\d s\); the workspace is temporarily unavailable/);
  expect(clock.sleeps.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(20_000);
});

test("a wait longer than the deadline is not begun", async () => {
  const clock = manualClock();
  const reply: Reply = { status: 429, headers: { "retry-after": "3600" }, json: { message: "tomorrow" } };
  const error = await failureOf(reply, { clock });
  expect(error.message).toMatch(/tomorrow \(1 attempt in 0 s, Retry-After: 3600\); .*request limit/);
  expect(clock.sleeps).toEqual([]);
});

test.each([
  [null, 0, 500],
  [null, 3, 4_000],
  [null, 30, 10_000],
  ["0", 3, 100],
  [" 12 ", 0, 12_000],
  ["nonsense", 1, 1_000],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0, 100],
])("retry-after %j after %i attempts waits %i ms", (header, attempts, expected) => {
  expect(retryDelay(header, attempts, Date.parse("2026-11-22T10:00:00Z"))).toBe(expected);
});

test("a call that is ended before it begins leaves no failure unheard", async () => {
  const unheard: unknown[] = [];
  const hear = (error: unknown) => unheard.push(error);
  process.on("unhandledRejection", hear);
  try {
    const host = `http://127.0.0.1:${await closedPort()}`;
    const { promise: refused, resolve } = Promise.withResolvers<void>();
    const authorize = async () => {
      await fetch(host).catch(() => resolve());
      throw new Error("the token could not be fetched");
    };
    const authentication = { host, authorize, authType: "oauth-m2m", renew: async () => false };
    const options = { authentication, timeoutMs: 1_000, retryMs: 0, clock: manualClock() };
    const signal = AbortSignal.abort(new Error("ended"));
    await expect(send(options, { method: "GET", path: "/", signal })).rejects.toThrow("ended");
    await refused;
    await new Promise(setImmediate);
    expect(unheard).toEqual([]);
  } finally {
    process.off("unhandledRejection", hear);
  }
});

test("a caller's signal ends a call, its own reason is thrown", async () => {
  await using server = await startScriptedServer(() => "hang");
  const workspace = await openWorkspace({ host: server.url, token });
  const controller = new AbortController();
  const call = workspace.getInstance("orders", { signal: controller.signal });
  controller.abort(new Error("the user pressed Ctrl-C"));
  await expect(call).rejects.toThrow("the user pressed Ctrl-C");
});

test("a token that is refused after a limit was met is renewed once all the same", async () => {
  const answers = [429, 401, 200];
  await using server = await startScriptedServer(() => ({ status: answers.shift() ?? 500, json: {} }));
  let renewals = 0;
  const authentication = {
    host: server.url,
    authType: "oauth-m2m",
    authorize: async () => {},
    renew: async () => ++renewals === 1,
  };
  const options = { authentication, timeoutMs: 5_000, retryMs: 60_000, clock: manualClock() };
  expect(await send(options, { method: "GET", path: "/x" })).toEqual({});
  expect(renewals).toBe(1);
});
