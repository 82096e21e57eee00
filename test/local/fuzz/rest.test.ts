// Whatever is asked of the REST API: an answer in the service's form, never an internal error, nothing for strangers.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApiWorkspace, startRealWorkspace, type TestWorkspace } from "../support/workspace.ts";
import { effort, patience } from "./support/effort.ts";
import { exchange, type RawAnswer, request } from "./support/http.ts";
import { allowedGrowth, heapMegabytes } from "./support/memory.ts";
import { badToken, type FuzzRequest, fuzzRequest } from "./support/requests.ts";

let withoutServers: TestWorkspace;
let real: TestWorkspace;

beforeAll(async () => {
  // Time stands still, so that nothing is under way between two requests.
  withoutServers = await startApiWorkspace({ delays: "fast" });
  real = await startRealWorkspace({ delays: "fast" });
  for (const api of [withoutServers, real]) {
    await api.createInstance({ name: "db" });
    await api.createInstance({ name: "idle", stopped: true });
  }
  await real.call("POST", "/api/2.0/database/catalogs", {
    name: "operational",
    database_instance_name: "db",
    database_name: "databricks_postgres",
  });
});
afterAll(async () => {
  await withoutServers[Symbol.asyncDispose]();
  await real[Symbol.asyncDispose]();
});

function send(api: TestWorkspace, { method, target, headers, body }: FuzzRequest, token?: string) {
  const authorization = token === undefined ? [] : [["Authorization", token] as const];
  const bytes = request(method, target, [...authorization, ...headers], Buffer.from(body));
  return exchange(api.workspace.apiUrl, bytes);
}

/** An error is told in the service's form, and tells nothing of the program's insides. */
function checkForm(answer: RawAnswer | undefined, asked: FuzzRequest): void {
  if (answer === undefined) throw new Error("the connection was closed without an answer");
  expect(answer.status, answer.body).not.toBe(500);
  if (answer.status < 400 || asked.method === "HEAD" || asked.target.startsWith("/oidc/")) return;
  // What HTTP itself refuses, such as a broken header, comes from Node and has no body.
  if (answer.body === "" && answer.headers.connection === "close" && answer.status !== 404) return;
  const shown = JSON.parse(answer.body) as Record<string, unknown>;
  expect(Object.keys(shown).sort()).toEqual(["error_code", "message"]);
  expect(shown.error_code).toMatch(/^[A-Z][A-Z_]+$/);
  expect(String(shown.message)).not.toMatch(/\n\s+at |file:\/\/|node:internal/);
}

const plain = ["/oidc/", "/.well-known/"];

test("with the workspace's token", { timeout: patience }, async () => {
  const token = `Bearer ${withoutServers.workspace.token}`;
  // A planted fault would be what answers; a clock far away is the business of another test.
  const asked = fuzzRequest.filter(({ target }) => !target.startsWith("/local/"));
  await fc.assert(
    fc.asyncProperty(asked, async (one) => checkForm(await send(withoutServers, one, token), one)),
    effort(900),
  );
  expect(Reflect.get({}, "polluted")).toBeUndefined();
  expect((await withoutServers.call("GET", "/api/2.0/database/instances")).status).toBe(200);
});

test("of routes that speak to PostgreSQL", { timeout: patience }, async () => {
  const token = `Bearer ${real.workspace.token}`;
  const asked = fuzzRequest.filter(({ target, method }) => {
    if (method === "DELETE" && /\/instances\/[^/]*(\?|$)/.test(target)) return false;
    return /\/(roles|catalogs|synced_tables|schemas|tables|apps|credentials)/.test(target);
  });
  await fc.assert(
    fc.asyncProperty(asked, async (one) => checkForm(await send(real, one, token), one)),
    effort(300),
  );
  expect((await real.call("GET", "/api/2.0/database/instances/db/roles")).status).toBe(200);
});

test("of a stranger", { timeout: patience }, async () => {
  await fc.assert(
    fc.asyncProperty(fuzzRequest, badToken, async (one, token) => {
      const answer = await send(withoutServers, one, token);
      checkForm(answer, one);
      if (plain.some((start) => one.target.startsWith(start))) return;
      expect(answer?.status, answer?.body).toBeGreaterThanOrEqual(400);
    }),
    effort(300),
  );
  const { body } = await withoutServers.call("GET", "/local/faults");
  expect(body.faults).toEqual([]);
});

test("memory is given back", { timeout: patience }, async () => {
  const token = `Bearer ${withoutServers.workspace.token}`;
  const rounds = async (): Promise<number> => {
    const samples = fc.sample(
      fuzzRequest.filter(({ target }) => !target.startsWith("/local/")),
      { numRuns: 150, seed: 7 },
    );
    for (const one of samples) await send(withoutServers, one, token);
    await withoutServers.call("DELETE", "/local/requests");
    return heapMegabytes();
  };
  const before = await rounds();
  await rounds();
  expect((await rounds()) - before).toBeLessThan(allowedGrowth);
});
