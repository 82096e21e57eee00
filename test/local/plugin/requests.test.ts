// How requests look on the wire, what is sent again and what is not, against the recorded behaviour.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiClient } from "../../../local/plugin/connection/api-client.ts";
import { HttpConnections } from "../../../local/plugin/connection/http.ts";
import { resolveSettings } from "../../../local/plugin/connection/settings.ts";
import { emptyPb } from "../../../local/plugin/protocol/messages.ts";
import { type PluginEngine, startPluginEngine, TestClock, tokenOf } from "../support/plugin-engine.ts";
import { type ScriptedWorkspace, startScriptedWorkspace } from "../support/scripted-workspace.ts";

const TOKEN = tokenOf("DatabaseDatabaseCatalog");
const PATH = "/api/2.0/database/catalogs";
const INPUTS = { name: "c", databaseInstanceName: "inst", databaseName: "db" };
const CREATED = { body: { name: "c", database_instance_name: "inst", database_name: "db", uid: "u" } };

let workspace: ScriptedWorkspace;
let engine: PluginEngine;

beforeEach(async () => {
  workspace = await startScriptedWorkspace({ [`POST ${PATH}`]: CREATED, [`GET ${PATH}/c`]: CREATED });
  engine = await startPluginEngine({ host: `${workspace.url}/`, token: "dapi-test" });
});

afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

function posts(): number {
  return workspace.takeTrace().filter((line) => line.startsWith("POST")).length;
}

describe("a request", () => {
  it("carries the official headers, and says who really sends it", async () => {
    await engine.up("c", TOKEN, INPUTS);
    const [probe, , post, me] = workspace.requests;
    expect(post!.headers).toMatchObject({
      accept: "application/json",
      "content-type": "application/json",
      authorization: "Bearer dapi-test",
    });
    expect(post!.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(post!.headers["user-agent"]).toMatch(
      /^pulumi-lakebase-stand-in\/\S+ databricks-tf-provider\/1\.128\.0 .*pulumi\/1\.110\.0 sdk\/pluginframework resource\/database_database_catalog auth\/pat$/,
    );
    expect(me!.headers.accept).toBeUndefined();
    expect(probe!.headers.authorization).toBeUndefined();
    expect(probe!.headers["user-agent"]).not.toContain("auth/");
  });

  it("sorts the keys of its body, at every depth, and the parameters of its query", async () => {
    const connections = new HttpConnections();
    const settings = resolveSettings(
      { host: workspace.url, token: "t" },
      { environment: {}, home: "/nonexistent" },
    );
    const signal = new AbortController().signal;
    const client = new ApiClient({ settings, half: "sdkv2", connections, clock: new TestClock(), signal });
    workspace.script({ "PATCH /x?a=1&b=2": {} });
    const body = { b: 1, a: { d: [{ z: false, y: 0 }], c: null } };
    await client.call({ method: "PATCH", path: "/x", query: { b: 2, a: 1, c: undefined }, body });
    connections.close();
    expect(workspace.takeTrace()).toEqual([
      'PATCH /x?a=1&b=2 {"a":{"c":null,"d":[{"y":0,"z":false}]},"b":1}',
    ]);
  });

  it("keeps false and zero in its body, and leaves out empty texts", async () => {
    await engine
      .up("c", TOKEN, { ...INPUTS, createDatabaseIfNotExists: false, databaseName: "" })
      .catch(() => {});
    expect(workspace.requests[2]!.body).toBe(
      '{"create_database_if_not_exists":false,"database_instance_name":"inst","name":"c"}',
    );
  });
});

describe("retries", () => {
  it.each([
    [
      "429",
      {
        status: 429,
        body: { error_code: "RESOURCE_EXHAUSTED", message: "slow down" },
        headers: { "Retry-After": "7" },
      },
    ],
    ["503", { status: 503, body: { error_code: "TEMPORARILY_UNAVAILABLE", message: "try later" } }],
    ["503 with HTML", { status: 503, text: "<html>busy</html>" }],
  ])("repeats a create after %s, in growing steps of its own", async (_, busy) => {
    workspace.script({ [`POST ${PATH}`]: [busy, busy, CREATED] });
    await engine.up("c", TOKEN, INPUTS);
    expect(posts()).toBe(3);
    expect(engine.clock.sleeps).toEqual([1400, 2400]);
  });

  it("repeats a permanent 503 without an end of its own, as slowly as recorded", async () => {
    let asked = 0;
    const recorded = 47;
    workspace.script({
      [`POST ${PATH}`]: () =>
        ++asked < recorded ? { status: 503, body: { message: "try later" } } : CREATED,
    });
    await engine.up("c", TOKEN, INPUTS);
    // Recorded: 47 requests in 434 seconds.
    expect(Math.abs(engine.clock.time / 1000 - 434)).toBeLessThan(10);
  });

  it("ends exactly at retryTimeoutSeconds with the last message", async () => {
    workspace.script({ [`POST ${PATH}`]: { status: 503, body: { message: "try later" } } });
    await using limited = await startPluginEngine({
      host: workspace.url,
      token: "t",
      retryTimeoutSeconds: "12",
    });
    await expect(limited.up("c", TOKEN, INPUTS)).rejects.toThrow(
      /^failed to create database_database_catalog: try later$/,
    );
    expect(limited.clock.time).toBe(12_000);
  });

  it("retries a refused connection until retryTimeoutSeconds, then names the address", async () => {
    const closed = await startScriptedWorkspace();
    await closed[Symbol.asyncDispose]();
    await using limited = await startPluginEngine({
      host: closed.url,
      token: "t",
      retryTimeoutSeconds: "12",
    });
    await expect(limited.up("c", TOKEN, INPUTS)).rejects.toThrow(
      `failed to create database_database_catalog: Post "${closed.url}${PATH}": dial tcp ${closed.url.slice(7)}: connect: connection refused`,
    );
    expect(limited.clock.sleeps.length).toBeGreaterThan(6);
  });

  it("retries a reset create although it may have been carried out", async () => {
    workspace.script({
      [`POST ${PATH}`]: [
        { action: "reset" },
        { status: 409, body: { message: "catalog 'c' already exists" } },
      ],
    });
    await expect(engine.up("c", TOKEN, INPUTS)).rejects.toThrow("catalog 'c' already exists");
    expect(posts()).toBe(2);
  });

  it.each([400, 401, 403, 404, 408, 409, 500, 501, 502, 504])("does not repeat after %i", async (status) => {
    workspace.script({ [`POST ${PATH}`]: { status, body: { error_code: "SOME", message: "no" } } });
    await expect(engine.up("c", TOKEN, INPUTS)).rejects.toThrow(
      /^failed to create database_database_catalog: no$/,
    );
    expect(posts()).toBe(1);
  });

  it.each([
    ["closed without an answer", { action: "close" as const }, `": EOF`],
    ["cut off in its answer", { action: "cut" as const }, "response body: unexpected EOF"],
    [
      "answered with broken JSON",
      { text: '{"name":' },
      "failed to unmarshal response body: unexpected end of JSON input",
    ],
    ["answered with HTML", { text: "<html></html>" }, "received HTML response instead of JSON"],
    ["refused in HTML", { status: 400, text: "<h1>Bad</h1>" }, "<h1>Bad</h1>"],
  ])("does not repeat a create %s", async (_, answer, message) => {
    workspace.script({ [`POST ${PATH}`]: answer });
    await expect(engine.up("c", TOKEN, INPUTS)).rejects.toThrow(message);
    expect(posts()).toBe(1);
    expect(engine.state.size).toBe(0);
  });

  it.each([{ action: "close" as const }, { action: "reset" as const }])(
    "repeats a read at once after %o",
    async (lost) => {
      await engine.up("c", TOKEN, INPUTS);
      workspace.script({ [`GET ${PATH}/c`]: [lost, CREATED] });
      expect(await engine.refresh("c", TOKEN)).not.toBeNull();
      expect(engine.clock.sleeps).toEqual([]);
    },
  );

  it("gives up on a silent answer after httpTimeoutSeconds, and does not repeat", async () => {
    workspace.script({ [`POST ${PATH}`]: { action: "stall" } });
    await using impatient = await startPluginEngine({
      host: workspace.url,
      token: "t",
      httpTimeoutSeconds: "1",
    });
    await expect(impatient.up("c", TOKEN, INPUTS)).rejects.toThrow(
      "request timed out after 1s of inactivity",
    );
    expect(posts()).toBe(1);
  });

  it("follows a redirect as GET", async () => {
    workspace.script({
      [`POST ${PATH}`]: { status: 302, headers: { Location: "/elsewhere" } },
      "GET /elsewhere": CREATED,
    });
    await engine.up("c", TOKEN, INPUTS);
    expect(workspace.takeTrace()).toContain("GET /elsewhere");
  });
});

describe("cancellation", () => {
  it("ends a start that gets no answer", async () => {
    const asked = new Promise<void>((resolve) => {
      workspace.script({
        "GET /.well-known/databricks-config": () => {
          resolve();
          return { status: 503, body: { message: "try later" } };
        },
      });
    });
    const started = expect(engine.begin()).rejects.toThrow("context canceled");
    await asked;
    await engine.ask("cancel", new emptyPb.Empty());
    await started;
  });

  it("ends a wait that would go on for ever", async () => {
    const instance = "/api/2.0/database/instances";
    let polls = 0;
    const cancelled = new Promise<void>((resolve, reject) => {
      workspace.script({
        [`POST ${instance}`]: { body: { name: "i", state: "STARTING" } },
        [`GET ${instance}/i`]: () => {
          if (++polls === 3) engine.ask("cancel", new emptyPb.Empty()).then(() => resolve(), reject);
          // Time that is never up: only the cancel ends the wait.
          engine.clock.time = 0;
          return { body: { name: "i", state: "STOPPED" } };
        },
      });
    });
    await expect(engine.up("i", tokenOf("DatabaseInstance"), { name: "i" })).rejects.toThrow(
      "context canceled",
    );
    await cancelled;
  });
});
