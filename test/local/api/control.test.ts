// The control endpoints: request log, faults and clock.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startApiWorkspace, type TestWorkspace } from "../support/workspace.ts";

const path = "/api/2.0/database/instances";
let api: TestWorkspace;

beforeAll(async () => {
  api = await startApiWorkspace();
});
afterAll(() => api[Symbol.asyncDispose]());
beforeEach(async () => {
  await api.call("DELETE", "/local/faults");
  await api.call("DELETE", "/local/requests");
});

interface Logged {
  seq: number;
  method: string;
  path: string;
  body: unknown;
  status: number;
  user_agent: string;
}
const logged = async (): Promise<Logged[]> =>
  (await api.call("GET", "/local/requests")).body.requests as unknown as Logged[];

describe("request log", () => {
  test("shows what was asked, in order, and not the control requests", async () => {
    await api.call("GET", `${path}/nope`);
    await api.call("PATCH", `${path}/nope?update_mask=a%2Cb`, { name: "nope" });
    const entries = await logged();
    expect(entries).toMatchObject([
      {
        method: "GET",
        path: `${path}/nope`,
        body: null,
        status: 404,
        user_agent: expect.stringMatching(/\S/),
      },
      { method: "PATCH", path: `${path}/nope?update_mask=a%2Cb`, body: { name: "nope" }, status: 404 },
    ]);
    expect(entries[1]?.seq).toBe((entries[0]?.seq ?? 0) + 1);
    await api.call("DELETE", "/local/requests");
    expect(await logged()).toEqual([]);
  });

  test("never holds a secret", async () => {
    const { clientId, clientSecret, token } = api.workspace;
    const form = `grant_type=client_credentials&client_id=${clientId}&client_secret=${clientSecret}`;
    const answer = await api.call("POST", "/oidc/v1/token", form, null);
    expect(answer.status).toBe(200);
    // A form is what OAuth wants; JSON is a common mistake.
    await api.call("POST", "/oidc/v1/token", { client_id: clientId, client_secret: clientSecret }, null);
    const text = JSON.stringify(await logged());
    expect(text).toContain("client_secret=***");
    expect(text).toContain('"client_secret":"***"');
    for (const secret of [clientSecret, token, String(answer.body.access_token)])
      expect(text).not.toContain(secret);
  });
});

describe("faults", () => {
  const plant = (fault: object): ReturnType<typeof api.call> => api.call("POST", "/local/faults", fault);

  test("answer as planted, as often as planted, where planted", async () => {
    await plant({
      method: "get",
      path: "^/api/2.0/database/instances\\?page_size=7$",
      times: 2,
      status: 429,
      error_code: "RESOURCE_EXHAUSTED",
      message: "slow down",
      headers: { "retry-after": "7" },
    });
    expect((await api.call("GET", path)).status).toBe(200);
    for (let i = 0; i < 2; i += 1) {
      const { status, body, headers } = await api.call("GET", `${path}?page_size=7`);
      expect({ status, body }).toEqual({
        status: 429,
        body: { error_code: "RESOURCE_EXHAUSTED", message: "slow down" },
      });
      expect(headers.get("retry-after")).toBe("7");
    }
    expect((await api.call("GET", `${path}?page_size=7`)).status).toBe(200);
    expect((await logged()).map((entry) => entry.status)).toEqual([200, 429, 429, 200]);
  });

  test("come before the check of the token, and never reach /local", async () => {
    await plant({ status: 503, times: 5 });
    expect((await api.call("GET", path, undefined, null)).status).toBe(503);
    expect((await api.call("GET", "/local/clock")).status).toBe(200);
  });

  test("replace the body", async () => {
    await plant({ path: "instances", body: '{"database_instances": []} ', headers: { "x-fault": "1" } });
    const { status, body, headers } = await api.call("GET", path);
    expect({ status, body, fault: headers.get("x-fault") }).toEqual({
      status: 200,
      body: { database_instances: [] },
      fault: "1",
    });
  });

  test("delay and then let the request through", async () => {
    await plant({ delay_ms: 5 });
    expect((await api.call("GET", path)).status).toBe(200);
  });

  test("drop the connection before the request takes effect", async () => {
    await plant({ method: "POST", drop: "before" });
    await expect(api.call("POST", path, { name: "dropped-before" })).rejects.toThrow();
    expect((await api.call("GET", `${path}/dropped-before`)).status).toBe(404);
    expect((await logged())[0]).toMatchObject({
      method: "POST",
      status: 0,
      body: { name: "dropped-before" },
    });
  });

  test("drop the connection after it took effect", async () => {
    await plant({ method: "POST", drop: "after" });
    await expect(api.call("POST", path, { name: "dropped-after" })).rejects.toThrow();
    expect((await api.call("GET", `${path}/dropped-after`)).status).toBe(200);
  });

  test("tell requests apart by body and asker, and let some pass first", async () => {
    await plant({ method: "POST", path: "/instances$", request: '"second"', status: 500 });
    await plant({ method: "GET", path: "/instances/first$", user_agent: "^nobody", status: 500 });
    await plant({ method: "GET", path: "/instances/first$", skip: 1, status: 503 });
    const statuses = [];
    for (const name of ["first", "second", "second"])
      statuses.push((await api.call("POST", path, { name })).status);
    for (let asked = 0; asked < 3; asked += 1) statuses.push((await api.call("GET", `${path}/first`)).status);
    expect(statuses).toEqual([200, 500, 200, 200, 503, 200]);
  });

  test("answer with another state than the real one, except where the answer is an error", async () => {
    await api.call("POST", path, { name: "upgraded" });
    await plant({ method: "GET", path: "/instances/", times: 2, answer: { state: "UPGRADING" } });
    expect((await api.call("GET", `${path}/upgraded`)).body).toMatchObject({
      name: "upgraded",
      state: "UPGRADING",
    });
    expect((await api.call("GET", `${path}/missing`)).status).toBe(404);
  });

  test("let somebody else act just before", async () => {
    await api.call("POST", path, { name: "vanishing" });
    await plant({ method: "GET", meanwhile: { method: "DELETE", path: `${path}/vanishing` } });
    expect((await api.call("GET", `${path}/vanishing`)).status).toBe(404);
  });

  test.each([
    [{ path: "(", status: 500 }, /path is not a regular expression/],
    [{ status: 99 }, /status must be an integer between 200 and 599/],
    [{ status: 500, times: 0 }, /times must be an integer/],
    [{ drop: "never" }, /drop must be one of before, after/],
    [{ status: 500, headers: { a: 1 } }, /headers must be an object of strings/],
    [
      { method: "GET" },
      /the fault has no effect: give at least one of status, body, delay_ms, drop, answer and meanwhile/,
    ],
    [{ code: 500 }, /unknown field "code"/],
  ])("refuse %j", async (fault, message) => {
    const { status, body } = await plant(fault);
    expect(status).toBe(400);
    expect(body.message).toMatch(message);
    expect((await api.call("GET", path)).status).toBe(200);
  });
});

describe("clock", () => {
  test.each([
    {},
    { advance_seconds: -1 },
    { advance_seconds: "1" },
    { advance_seconds: 1e12 },
    { seconds: 1 },
  ])("refuses %j", async (body) => {
    expect((await api.call("POST", "/local/clock", body)).status).toBe(400);
  });

  test("moves", async () => {
    const { body } = await api.call("POST", "/local/clock", { advance_seconds: 90 });
    expect(body.offset_seconds).toBe(90);
    expect(Date.parse(String(body.now)) / 1000).toBeCloseTo(api.workspace.clock.now() / 1000, -1);
  });
});

test("closing ends a request that a fault delays", async () => {
  const other = await startApiWorkspace();
  await other.call("POST", "/local/faults", { delay_ms: 3_600_000 });
  const pending = other.call("GET", path).then(
    () => "answered",
    () => "ended",
  );
  const left = async (): Promise<unknown[]> =>
    (await other.call("GET", "/local/faults")).body.faults as unknown as unknown[];
  while ((await left()).length > 0);
  await other[Symbol.asyncDispose]();
  expect(await pending).toBe("ended");
});

test("a request body beyond the limit is refused", async () => {
  const answer = await api.call("POST", path, { name: "x".repeat(2 * 1024 * 1024) });
  expect(answer).toMatchObject({ status: 400, body: { error_code: "MAX_REQUEST_SIZE_EXCEEDED" } });
});
