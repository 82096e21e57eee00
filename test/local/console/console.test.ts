// The console over HTTP: who gets in, what is escaped, what the page holds, and what its forms do.
import http from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startApiWorkspace, type TestWorkspace } from "../support/workspace.ts";

let api: TestWorkspace;
let cookie: string;

interface Page {
  status: number;
  text: string;
  headers: http.IncomingHttpHeaders;
}

/** With any header, also those that `fetch` decides itself. */
function ask(
  path: string,
  headers: Record<string, string> = {},
  form?: Record<string, string>,
): Promise<Page> {
  const { port } = new URL(api.workspace.apiUrl);
  const body = form === undefined ? undefined : new URLSearchParams(form).toString();
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host: "127.0.0.1",
        port,
        path,
        method: body === undefined ? "GET" : "POST",
        agent: false,
        headers: {
          ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
          ...headers,
        },
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (piece) => (text += piece));
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }));
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

const page = (query = "") => ask(`/console${query}`, { cookie });
const formToken = async () => /name="form_token" value="([^"]+)"/.exec((await page()).text)?.[1] ?? "";
const act = async (action: string, form: Record<string, string>) =>
  ask(`/console/actions/${action}`, { cookie }, { form_token: await formToken(), ...form });

beforeAll(async () => {
  api = await startApiWorkspace();
  await api.createInstance({
    name: "orders",
    capacity: "CU_2",
    custom_tags: [{ key: "team", value: '<b>&"' }],
  });
  const login = await ask("/console/login", {}, { token: api.workspace.token });
  expect([login.status, login.headers.location]).toEqual([303, "/console"]);
  cookie = login.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
});
afterAll(() => api?.[Symbol.asyncDispose]());

describe("who gets in", () => {
  it("shows a login and nothing else to whoever has no cookie", async () => {
    for (const headers of [{}, { cookie: "lakebase-console=guessed" }, { authorization: "Bearer x" }]) {
      const { status, text } = await ask("/console", headers as Record<string, string>);
      expect(status).toBe(401);
      expect(text).toContain('<label for="token">Token</label>');
      expect(text).not.toContain("orders");
    }
  });

  it("sets a cookie that no script and no other site can use, and that is not the token", async () => {
    const login = await ask("/console/login", {}, { token: ` ${api.workspace.token}\n` });
    const [set = ""] = login.headers["set-cookie"] ?? [];
    expect(set).toMatch(/; HttpOnly(;|$)/);
    expect(set).toMatch(/; SameSite=Strict(;|$)/);
    expect(set).toMatch(/; Path=\/console(;|$)/);
    expect(set).not.toContain(api.workspace.token);
    // Two workspaces in one browser: a cookie is for a host, whatever its port.
    expect(set.split("=")[0]).toBe(`lakebase-console-${new URL(api.workspace.apiUrl).port}`);
  });

  it("refuses another token, and says so without repeating it", async () => {
    const { status, text, headers } = await ask("/console/login", {}, { token: "dapi-guessed" });
    expect(status).toBe(403);
    expect(headers["set-cookie"]).toBeUndefined();
    expect(text).toContain("That is not the token of this workspace.");
    expect(text).not.toContain("dapi-guessed");
    expect((await ask("/console/login", {}, {})).status).toBe(403);
  });

  it.each(["evil.example", "evil.example:8420", "127.0.0.1.evil.example", "orders.localhost"])(
    "refuses the host name %j, also with the cookie",
    async (host) => {
      const { status, text } = await ask("/console", { cookie, host });
      expect(status).toBe(403);
      expect(text).not.toContain("orders</th>");
    },
  );

  it.each(["127.0.0.1:1", "localhost:1", "[::1]:1", "LOCALHOST"])("takes the host name %s", async (host) => {
    expect((await ask("/console", { cookie, host })).status).toBe(200);
  });

  it("forgets a login at logout", async () => {
    const login = await ask("/console/login", {}, { token: api.workspace.token });
    const other = login.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    const { text } = await ask("/console", { cookie: other });
    const own = /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? "";
    await ask("/console/actions/logout", { cookie: other }, { form_token: own });
    expect((await ask("/console", { cookie: other })).status).toBe(401);
    expect((await page()).status).toBe(200);
  });

  it("lets nobody but its own files be loaded, framed or kept", async () => {
    const { headers } = await page();
    expect(headers["content-security-policy"]).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers["content-security-policy"]).not.toMatch(/unsafe/);
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["referrer-policy"]).toBe("same-origin");
  });
});

describe("the page", () => {
  it("holds no secret", async () => {
    const principal = await api.call("POST", "/local/identities", { kind: "service_principal" });
    const { text } = await page();
    for (const secret of [api.workspace.token, api.workspace.clientSecret, String(principal.body.secret)]) {
      expect(secret.length).toBeGreaterThan(8);
      expect(text).not.toContain(secret);
    }
  });

  it("escapes whatever came from outside", async () => {
    const evil = '"><script>alert(1)</script>';
    await ask(`/api/2.0/database/instances/x?${encodeURI("q=<i>")}&r='"><img/src=x>`, { "user-agent": evil });
    await act("add-fault", { path: "<svg onload=alert(1)>", status: "500", times: "1" });
    const { text } = await page();
    await act("clear-faults", {});
    expect(text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(text).toContain("&lt;svg onload=alert(1)&gt;");
    expect(text).toContain("team=&lt;b&gt;&amp;&quot;");
    expect(text).not.toMatch(/<(svg|img|b|i)[\s>]/);
    expect(text.match(/<script/g)).toHaveLength(1);
  });

  it("has a caption and headers in each table, one first heading, and a link past the head", async () => {
    const { text } = await page();
    const tables = text.match(/<table.*?<\/table>/gs) ?? [];
    expect(tables.length).toBeGreaterThanOrEqual(3);
    for (const table of tables) {
      expect(table).toMatch(/<caption>[^<]+<\/caption>/);
      expect(table).toContain('scope="col"');
      expect(table).toContain('scope="row"');
    }
    expect(text.match(/<h1/g)).toHaveLength(1);
    expect(text).toMatch(/<body>\s*<a class="skip" href="#main">/);
    expect(text).toMatch(/<html lang="en">/);
    for (const [, id] of text.matchAll(/<a href="#([^"]+)"/g)) expect(text).toContain(`id="${id}"`);
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it("works without a script: the page reloads by itself, unless it is paused", async () => {
    expect((await page()).text).toMatch(/<noscript><meta http-equiv="refresh"/);
    const { text } = await page("?live=off");
    expect(text).not.toMatch(/http-equiv="refresh"|<script/);
    expect(text).toContain("Update live");
  });

  it("lists requests with their time and planted faults, newest first, and the refused ones alone", async () => {
    await api.call("DELETE", "/local/requests");
    await api.call("GET", "/api/2.0/database/instances/orders");
    await api.call("POST", "/local/faults", { path: "/credentials$", status: 503, delay_ms: 1 });
    await api.call("POST", "/api/2.0/database/credentials", { request_id: "1", instance_names: ["orders"] });
    const { requests } = (await api.call("GET", "/local/requests")).body as unknown as {
      requests: { duration_ms: number; fault?: string; status: number }[];
    };
    expect(requests.map(({ status, fault }) => [status, fault])).toEqual([
      [200, undefined],
      [503, "waits 1 ms, answers 503"],
    ]);
    for (const { duration_ms } of requests) expect(duration_ms).toBeGreaterThanOrEqual(0);
    const all = (await page()).text;
    expect(all.indexOf("POST /api/2.0/database/credentials")).toBeGreaterThan(0);
    expect(all.indexOf("POST /api/2.0/database/credentials")).toBeLessThan(
      all.indexOf("GET /api/2.0/database/instances/orders"),
    );
    expect(all).toContain("fault: waits 1 ms, answers 503");
    const refused = (await page("?log=errors")).text;
    expect(refused).toContain("POST /api/2.0/database/credentials");
    expect(refused).not.toContain("GET /api/2.0/database/instances/orders");
  });

  it("is neither logged nor hit by faults", async () => {
    await api.call("DELETE", "/local/requests");
    await api.call("POST", "/local/faults", { status: 500, times: 9 });
    expect((await page()).status).toBe(200);
    expect((await api.call("GET", "/local/requests")).body.requests).toEqual([]);
    await api.call("DELETE", "/local/faults");
  });
});

describe("forms", () => {
  it("are refused without the login's own form token, or from another site", async () => {
    const stop = { instance: "orders", stopped: "true" };
    expect((await ask("/console/actions/power", { cookie }, stop)).status).toBe(403);
    expect((await ask("/console/actions/power", { cookie }, { ...stop, form_token: "guessed" })).status).toBe(
      403,
    );
    const form = { ...stop, form_token: await formToken() };
    const foreign = await ask("/console/actions/power", { cookie, origin: "http://evil.example" }, form);
    expect(foreign.status).toBe(403);
    expect((await ask("/console/actions/power", {}, form)).headers.location).toBe("/console");
    expect((await api.call("GET", "/api/2.0/database/instances/orders")).body.effective_stopped).toBe(false);
  });

  it("stop and start an instance, and say so once", async () => {
    await act("power", { instance: "orders", stopped: "true" });
    await api.reach("orders", "STOPPED");
    const update = await ask("/console", { cookie, "x-console-update": "1" });
    expect(update.text).not.toContain("Instance orders is stopping.");
    expect((await page()).text).toContain("Instance orders is stopping.");
    expect((await page()).text).not.toContain("Instance orders is stopping.");
    await act("power", { instance: "orders", stopped: "false" });
    await api.reach("orders", "AVAILABLE");
  });

  it("move the clock by the steps given, and no other", async () => {
    const before = api.workspace.clock.offset;
    await act("advance-clock", { seconds: "3600" });
    expect(api.workspace.clock.offset - before).toBe(3_600_000);
    await act("advance-clock", { seconds: "-5" });
    expect(api.workspace.clock.offset - before).toBe(3_600_000);
    expect((await page()).text).toContain('class="notice refused"');
  });

  it("plant and clear faults, with the API's checks", async () => {
    await act("add-fault", { method: "GET", path: "/instances", status: "503", times: "2", delay_ms: "" });
    expect((await api.call("GET", "/local/faults")).body.faults).toEqual([
      { fault: { method: "GET", path: "/instances", status: 503, times: 2 }, left: 2, passing: 0 },
    ]);
    expect((await page()).text).toContain("GET /instances");
    await act("clear-faults", {});
    await act("add-fault", { status: "99", path: "(" });
    expect((await page()).text).toMatch(/notice refused.*not a regular expression/s);
    expect((await api.call("GET", "/local/faults")).body.faults).toEqual([]);
  });

  it("refuse what there is not", async () => {
    expect((await act("nope", {})).status).toBe(404);
    expect((await act("constructor", {})).status).toBe(404);
    await act("power", { instance: "gone", stopped: "true" });
    expect((await page()).text).toMatch(/notice refused.*gone/s);
  });

  it("empty the log", async () => {
    await api.call("GET", "/api/2.0/database/instances");
    await act("clear-requests", {});
    expect((await page()).text).toContain("No request was logged.");
  });
});
