// What the pool asks of the workspace, by both APIs, through real HTTP.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLakebasePool, type LakebasePool, type LakebasePoolOptions } from "../../client/index.ts";

const uid = "5b7a4ac8-4a47-4b3c-8a5c-0c4c5f0c2a11";
const readWriteDns = `instance-${uid}.database.localhost`;
const endpoint = "projects/p/branches/main/endpoints/primary";

let server: Server;
let asked: string[];
let answers: Record<string, unknown>;
let pools: LakebasePool[];

beforeEach(async () => {
  asked = [];
  pools = [];
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  answers = {
    "GET /api/2.0/preview/scim/v2/Me": { userName: "ada@example.com", id: "1" },
    "GET /api/2.0/database/instances/orders": {
      name: "orders",
      uid,
      state: "AVAILABLE",
      read_write_dns: readWriteDns,
    },
    [`GET /api/2.0/database/instances:findByUid?uid=${uid}`]: {
      name: "orders",
      uid,
      state: "AVAILABLE",
      read_write_dns: readWriteDns,
    },
    "POST /api/2.0/database/credentials": { token: "t1", expiration_time: inAnHour },
    [`GET /api/2.0/postgres/${endpoint}`]: { name: endpoint, status: { hosts: { host: "ep-1.localhost" } } },
    "POST /api/2.0/postgres/credentials": { token: "t2", expire_time: inAnHour },
  };
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const call = `${request.method} ${request.url}`;
      asked.push(body === "" ? call : `${call} ${body}`);
      const answer = answers[call];
      response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? { error_code: "RESOURCE_DOES_NOT_EXIST", message: "not there" }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  await Promise.all(pools.map((pool) => pool[Symbol.asyncDispose]()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** The error of connecting to a port where nothing listens: everything before it has been done. */
async function connect(options: LakebasePoolOptions): Promise<{ pool: LakebasePool; error: Error }> {
  const { port } = server.address() as AddressInfo;
  const workspace = { host: `http://127.0.0.1:${port}`, token: "dapi-test" };
  const pool = createLakebasePool({ env: {}, port: 1, workspace, meter: false, ...options });
  pools.push(pool);
  const error = await pool.connect().then(
    () => new Error("connected"),
    (caught: Error) => caught,
  );
  return { pool, error };
}

const credential = (call: string) => call.startsWith("POST");

describe("a database instance", () => {
  it("is found by name: host, user and token come from the workspace", async () => {
    const { error } = await connect({ instanceName: "orders" });
    expect(error).toMatchObject({
      stage: "connect",
      host: readWriteDns,
      identity: "ada@example.com",
      port: 1,
    });
    const [call] = asked.filter(credential);
    expect(call).toMatch(
      /^POST \/api\/2\.0\/database\/credentials {"request_id":"[0-9a-f-]{36}","instance_names":\["orders"\]}$/,
    );
    expect(asked.filter(credential)).toHaveLength(1);
  });

  it("is found by the uid in its host name", async () => {
    const { error } = await connect({ host: readWriteDns, user: "app" });
    expect(error).toMatchObject({ stage: "connect", instance: "orders" });
    expect(asked.filter(credential)[0]).toContain('"instance_names":["orders"]');
  });

  it("that is stopped is not dialled", async () => {
    answers["GET /api/2.0/database/instances/orders"] = {
      name: "orders",
      uid,
      state: "STOPPED",
      read_write_dns: readWriteDns,
    };
    const { error } = await connect({ instanceName: "orders" });
    expect(error).toMatchObject({ stage: "state", code: "STOPPED" });
    expect(error.message).toMatch(/the instance is stopped.*to fix: start it: set stopped to false/);
  });

  it("that was stopped since is the reason for a refused connection, asked for once", async () => {
    const known = { instanceName: "orders", host: readWriteDns, user: "app" };
    answers["GET /api/2.0/database/instances/orders"] = {
      name: "orders",
      uid,
      state: "STOPPED",
      read_write_dns: readWriteDns,
    };
    const { pool, error } = await connect(known);
    expect(error).toMatchObject({ stage: "state", code: "STOPPED" });
    await Promise.allSettled([pool.connect(), pool.connect()]);
    expect(asked.filter((call) => call.startsWith("GET /api/2.0/database"))).toHaveLength(1);
  });

  it("in a state that nobody knows is in transition", async () => {
    answers["GET /api/2.0/database/instances/orders"] = { name: "orders", uid, state: "UPGRADING" };
    const { error } = await connect({ instanceName: "orders" });
    expect(error.message).toMatch(/the instance is in state UPGRADING/);
  });

  it("that does not exist is told, and the next attempt asks again", async () => {
    delete answers["GET /api/2.0/database/instances/orders"];
    const { pool, error } = await connect({ instanceName: "orders" });
    expect(error.message).toMatch(/has no database instance "orders"/);
    const before = asked.length;
    await expect(pool.connect()).rejects.toThrow(/has no database instance/);
    expect(asked.length).toBeGreaterThan(before);
  });

  it("without readable secondaries has no read-only pool", async () => {
    const { error } = await connect({ instanceName: "orders", readOnly: true });
    expect(error).toMatchObject({ stage: "state", code: "NO_READ_ONLY_ENDPOINT" });
  });
});

describe("an Autoscaling endpoint", () => {
  it("is asked for its host and a token", async () => {
    const { error } = await connect({ endpoint });
    expect(error).toMatchObject({ stage: "connect", host: "ep-1.localhost", instance: endpoint });
    expect(asked.filter(credential)).toEqual([
      `POST /api/2.0/postgres/credentials {"endpoint":"${endpoint}"}`,
    ]);
  });

  it("that is disabled is not dialled", async () => {
    answers[`GET /api/2.0/postgres/${endpoint}`] = {
      status: { disabled: true, hosts: { host: "ep-1.localhost" } },
    };
    const { error } = await connect({ endpoint });
    expect(error).toMatchObject({ stage: "state", code: "DISABLED" });
  });
});

it("a credential that the workspace refuses is told at once, with its fix and without the token", async () => {
  answers = {};
  const { error } = await connect({ instanceName: "orders", host: readWriteDns, user: "app" });
  expect(error).toMatchObject({ stage: "credential", code: "RESOURCE_DOES_NOT_EXIST" });
  expect(error.message).not.toContain("dapi-test");
});
