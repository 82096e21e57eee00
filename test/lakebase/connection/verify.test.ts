// The whole way over real sockets when it works, waits, is tried again or is ended.
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect, connectionStages, verifyConnectivity } from "../../../lakebase/connection/index.ts";
import type { Behaviour } from "../support/fake-postgres.ts";
import { manualClock } from "../support/manual-clock.ts";
import { closedPort, isolateEnvironment } from "../support/scripted-server.ts";
import { endpoint, identity, marker, problemIn, type Scene, setStage, welcoming } from "./setup.ts";

let environment: Awaited<ReturnType<typeof isolateEnvironment>>;
beforeEach(async () => {
  environment = await isolateEnvironment();
});
afterEach(() => environment[Symbol.asyncDispose]());

test("everything as it should be: verified, with all facts and every stage timed", async () => {
  await using stage = await setStage();
  const report = await verifyConnectivity(stage.request, stage.deps);
  expect(report).toMatchObject({
    outcome: "verified",
    instanceName: "orders",
    instanceUid: "1",
    state: "AVAILABLE",
    capacity: "CU_1",
    host: endpoint,
    address: "127.0.0.1",
    resolvedVia: "loopback",
    port: stage.postgres.port,
    databaseName: "app",
    userName: identity,
    serverVersion: "PostgreSQL 16.14 on x86_64",
    serverVersionNumber: 160014,
    tlsVersion: "TLSv1.3",
  });
  expect(report.stages.map(({ stage }) => stage)).toEqual([...connectionStages]);
  expect(report.stages.every(({ milliseconds }) => milliseconds >= 0)).toBe(true);
  expect(new Date(report.checkedAt).toISOString()).toBe(report.checkedAt);
  expect(inspect(report, { depth: null }) + JSON.stringify(report)).not.toContain(marker);
  expect(stage.postgres.logins).toEqual([
    { servername: endpoint, user: identity, database: "app", password: `${marker}-1` },
  ]);
});

test("connect hands out a live client, which shows no token", async () => {
  await using stage = await setStage();
  const { client, facts } = await connect(stage.request, stage.deps);
  expect((await client.query("SELECT 1")).rows).toHaveLength(1);
  expect(facts).toMatchObject({ host: endpoint, userName: identity });
  expect(JSON.stringify(facts)).not.toContain(marker);
  await client.end();
});

test("libpq's variables stand in for what the request leaves out", async () => {
  await using stage = await setStage();
  const { port: _port, sslRootCert: _cert, ...rest } = stage.request;
  const env = { PGPORT: String(stage.postgres.port), PGSSLROOTCERT: stage.caFile, PGHOSTADDR: "127.0.0.1" };
  expect(await verifyConnectivity(rest, { env })).toMatchObject({
    outcome: "verified",
    resolvedVia: "given",
  });
  const wrong = verifyConnectivity(rest, { env: { PGPORT: "many" } });
  await expect(wrong).rejects.toThrow(/the port "many" of PGPORT is not a port number.*5432/);
});

test("a stopped instance is reported and never dialled; connect refuses it with the fix", async () => {
  await using stage = await setStage({ states: ["STOPPED"] });
  const report = await verifyConnectivity(stage.request, stage.deps);
  expect(report).toMatchObject({ outcome: "stopped", state: "STOPPED", host: endpoint, userName: identity });
  expect(report.stages.map(({ stage }) => stage)).toEqual(["authenticate", "state"]);
  await expect(connect(stage.request, stage.deps)).rejects.toMatchObject({ stage: "state", code: "STOPPED" });
  await expect(connect(stage.request, stage.deps)).rejects.toThrow(/set stopped to false/);
  expect(stage.postgres.connections()).toBe(0);
  expect(stage.rest.requests.some(({ url }) => url.endsWith("/credentials"))).toBe(false);
});

test("waits through every state in between, also unknown ones, and says so", async () => {
  const states = [
    "STARTING",
    "STARTING",
    "REFURBISHING",
    { state: "AVAILABLE", read_write_dns: "" },
    "AVAILABLE",
  ];
  await using stage = await setStage({ states });
  const clock = manualClock();
  const lines: string[] = [];
  const deps = { ...stage.deps, clock, onProgress: (line: string) => lines.push(line) };
  expect(await verifyConnectivity(stage.request, deps)).toMatchObject({ outcome: "verified" });
  expect(clock.sleeps).toEqual([250, 500, 1_000, 2_000]);
  expect(lines.map((line) => /is (\w+):/.exec(line)?.[1])).toEqual(["STARTING", "REFURBISHING", "AVAILABLE"]);
});

test("a server that is still starting is tried again with a fresh token each time, until it is ready", async () => {
  const starting = { login: { code: "57P03", message: "the database system is starting up" } };
  await using stage = await setStage({ postgres: (connection) => (connection < 3 ? starting : welcoming) });
  const clock = manualClock();
  const report = await verifyConnectivity(stage.request, { ...stage.deps, clock });
  expect(report).toMatchObject({ outcome: "verified" });
  expect(stage.postgres.logins.map(({ password }) => password)).toEqual(
    [1, 2, 3, 4].map((n) => `${marker}-${n}`),
  );
  expect(clock.sleeps).toEqual([500, 1_000, 2_000]);
});

test("a server that never gets ready is given up at the deadline, one that refuses connections sooner", async () => {
  const starting = { login: { code: "57P03", message: "the database system is starting up" } };
  const clock = manualClock();
  const never = await problemIn({ postgres: () => starting }, () => ({ deadlineMs: 60_000 }), { clock });
  expect(never.error).toMatchObject({ stage: "login", code: "57P03" });
  expect(clock.sleeps.reduce((sum, pause) => sum + pause, 0)).toBeGreaterThan(40_000);
  expect(never.lines[0]).toMatch(/stage login: .*starting up; trying again/);
  const settling = manualClock();
  const port = await closedPort();
  const refused = await problemIn({}, () => ({ port, settlingMs: 10_000 }), { clock: settling });
  expect(refused.error).toMatchObject({ stage: "connect", code: "ECONNREFUSED" });
  expect(settling.sleeps).toEqual([500, 1_000, 2_000, 4_000]);
});

test("an instance that is stopped while it is being waited for ends as stopped", async () => {
  const starting = { login: { code: "57P03", message: "the database system is shutting down" } };
  await using stage = await setStage({ states: ["AVAILABLE", "STOPPED"], postgres: () => starting });
  const report = await verifyConnectivity(stage.request, { ...stage.deps, clock: manualClock() });
  expect(report).toMatchObject({ outcome: "stopped" });
});

test("an instance that restarts after a first failure is given its time to settle once it is back", async () => {
  const restart = Array.from({ length: 30 }, () => "UPDATING");
  const states = ["AVAILABLE", ...restart, "AVAILABLE"];
  const postgres = (connection: number): Behaviour => (connection < 2 ? { tls: "hang-up" } : welcoming);
  await using stage = await setStage({ states, postgres });
  const clock = manualClock();
  const request = { ...stage.request, settlingMs: 10_000 };
  const report = await verifyConnectivity(request, { ...stage.deps, clock });
  expect(report.outcome).toBe("verified");
  expect(stage.postgres.connections()).toBe(3);
});

test("a refused password is not tried again", async () => {
  const login = { code: "28P01", message: "password authentication failed" };
  const { logins } = await problemIn({ postgres: () => ({ login }) }, () => ({ settlingMs: 60_000 }));
  expect(logins).toHaveLength(1);
});

test("a signal ends it at any stage with its own reason", async () => {
  const stages: Scene[] = [
    { rest: () => "hang" },
    { postgres: () => ({ tls: "silence" }) },
    { postgres: () => ({ login: "silence" }) },
  ];
  for (const scene of stages) {
    const controller = new AbortController();
    await using stage = await setStage({
      ...scene,
      rest: (request) => {
        const reply = scene.rest?.(request);
        if (reply) controller.abort(new Error("enough"));
        return reply;
      },
      postgres: (connection) => {
        setImmediate(() => controller.abort(new Error("enough")));
        return scene.postgres?.(connection) ?? welcoming;
      },
    });
    await expect(
      verifyConnectivity({ ...stage.request, signal: controller.signal }, stage.deps),
    ).rejects.toThrow("enough");
  }
});
