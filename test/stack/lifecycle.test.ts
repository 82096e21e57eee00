// The main job with the real engine: deploy, nothing to do, refresh, resize, stop, start, destroy; no secret anywhere.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../lakebase/connection/index.ts";
import { type LocalWorkspace, startLocalWorkspace } from "../../local/workspace.ts";
import { mayDelete } from "../support/deletion-ledger.ts";
import { temporaryFolder } from "./support/folder.ts";
import { type StackUnderTest, startStack } from "./support/stack.ts";

const instanceType = "databricks:index/databaseInstance:DatabaseInstance";
const powerType = "pulumi-nodejs:dynamic/lakebase:InstancePower";
const checkType = "pulumi-nodejs:dynamic/lakebase:ConnectivityCheck";

describe("a stack, from the first deployment to the last", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace: LocalWorkspace;
  let stack: StackUnderTest;
  let mintedTokensFile: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    mintedTokensFile = join(folder.path, "minted-tokens");
    workspace = await startLocalWorkspace({
      dataDir: join(folder.path, "workspace"),
      delays: 20,
      mintedTokensFile,
    });
    stack = await startStack({ workspace });
  });

  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await workspace?.close();
    await folder?.[Symbol.asyncDispose]();
  });

  /** Runs SQL as an application would: by the stack's exports and a fresh credential. */
  const query = async (sql: string): Promise<pg.QueryResult> => {
    const { instance, endpoint, database } = await stack.exports();
    const { client } = await connect({
      workspace: { host: workspace.apiUrl, token: workspace.token },
      instanceName: instance.name,
      databaseName: database.name,
      port: endpoint.port,
      sslRootCert: endpoint.sslRootCert,
    });
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  };

  it("deploys what the preview showed", async () => {
    const preview = await stack.succeed("preview");
    expect(await stack.changesAsked()).toEqual([]);
    const { steps } = await stack.succeed("up");
    expect(steps.map(({ op, type }) => `${op} ${type}`).sort()).toEqual(
      preview.steps.map(({ op, type }) => `${op} ${type}`).sort(),
    );
    expect(await stack.changesAsked()).toEqual([
      'POST /api/2.0/database/instances {"capacity":"CU_1","enable_pg_native_login":false,"enable_readable_secondaries":false,"name":"orders","node_count":1,"retention_window_in_days":7}',
      'POST /api/2.0/database/catalogs {"create_database_if_not_exists":true,"database_instance_name":"orders","database_name":"databricks_postgres","name":"operational"}',
    ]);
  });

  it("exports everything that an application needs, and what was proven", async () => {
    expect(await stack.exports()).toEqual({
      schemaVersion: 1,
      instance: {
        name: "orders",
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        capacity: "CU_1",
        memoryGb: 16,
        state: "AVAILABLE",
        stopped: false,
      },
      endpoint: {
        readWriteDns: expect.stringMatching(/^instance-[0-9a-f-]{36}\.database\.localhost$/),
        port: workspace.postgresPort,
        sslMode: "verify-full",
        sslRootCert: workspace.caFile,
      },
      database: { name: "databricks_postgres" },
      catalog: { name: "operational" },
      workspace: { host: workspace.apiUrl },
      verification: {
        outcome: "verified",
        serverVersion: expect.stringMatching(/^PostgreSQL 16\./),
        tlsVersion: "TLSv1.3",
        userName: "developer@example.com",
        checkedAt: expect.any(String),
      },
    });
  });

  it("lets an application write", async () => {
    await query("CREATE TABLE orders (id int PRIMARY KEY)");
    await query("INSERT INTO orders SELECT generate_series(1, 1000)");
    expect((await query("SELECT count(*)::int FROM orders")).rows).toEqual([{ count: 1000 }]);
  });

  it("has nothing to do the second time", async () => {
    await stack.succeed("up", "--expect-no-changes");
    expect(await stack.changesAsked()).toEqual([]);
  });

  it("finds no drift", async () => {
    await stack.succeed("refresh", "--expect-no-changes");
    await stack.succeed("up", "--expect-no-changes");
  });

  it("changes tags without proving the connection again", async () => {
    await stack.configure({ "lakebase:customTags": { team: "payments", env: "dev" } });
    const { steps } = await stack.succeed("preview");
    expect(steps.map(({ op, type }) => [op, type])).toEqual([
      ["update", instanceType],
      ["update", powerType],
    ]);
    await stack.succeed("up");
    await stack.succeed("up", "--expect-no-changes");
    await stack.succeed("refresh", "--expect-no-changes");
    await stack.changesAsked();
  });

  it("resizes in place, proves the connection again, and keeps the data", async () => {
    await stack.configure({ "lakebase:capacity": "CU_2" });
    const preview = await stack.succeed("preview", "--diff");
    expect(preview.output).toMatch(/capacity *: "CU_1" => "CU_2"/);
    const { steps } = await stack.succeed("up");
    expect(steps.map(({ op, type }) => [op, type])).toEqual([
      ["update", instanceType],
      ["update", powerType],
      ["update", checkType],
    ]);
    expect((await stack.exports()).instance).toMatchObject({
      capacity: "CU_2",
      memoryGb: 32,
      state: "AVAILABLE",
    });
    expect((await query("SELECT count(*)::int FROM orders")).rows).toEqual([{ count: 1000 }]);
    await stack.succeed("up", "--expect-no-changes");
  });

  it("stops, says so, and dials nothing", async () => {
    await stack.configure({ "lakebase:stopped": true });
    await stack.changesAsked();
    await stack.succeed("up");
    expect(await stack.changesAsked()).toEqual([
      'PATCH /api/2.0/database/instances/orders?update_mask=stopped {"name":"orders","stopped":true}',
    ]);
    const { instance, verification } = await stack.exports();
    expect(instance).toMatchObject({ state: "STOPPED", stopped: true });
    expect(verification).toEqual({ outcome: "stopped" });
    await expect(query("SELECT 1")).rejects.toThrow(/stage state.*stopped/s);
    await stack.succeed("up", "--expect-no-changes");
    await stack.succeed("refresh", "--expect-no-changes");
  });

  it("starts again with its data", async () => {
    await stack.configure({ "lakebase:stopped": false });
    await stack.succeed("up");
    expect((await stack.exports()).verification).toMatchObject({ outcome: "verified" });
    expect((await query("SELECT count(*)::int FROM orders")).rows).toEqual([{ count: 1000 }]);
  });

  it("notices that somebody stopped it, and starts it", async () => {
    const response = await fetch(
      `${workspace.apiUrl}/api/2.0/database/instances/orders?update_mask=stopped`,
      {
        method: "PATCH",
        headers: { authorization: `Bearer ${workspace.token}`, "content-type": "application/json" },
        body: JSON.stringify({ name: "orders", stopped: true }),
      },
    );
    expect(response.status).toBe(200);
    await workspace.settled();
    const { steps } = await stack.succeed("up", "--refresh");
    expect(steps.map(({ type }) => type)).toContain(powerType);
    expect((await stack.exports()).instance).toMatchObject({ state: "AVAILABLE", stopped: false });
    await stack.succeed("up", "--expect-no-changes");
  });

  it("is not changed by a new release of this package", async () => {
    const state = await stack.state();
    const older = state.replaceAll(/"__provider": "(?:[^"\\]|\\.)*"/g, (text) =>
      text.replace("exports.handler", "/* an older release */ exports.handler"),
    );
    expect(older).not.toBe(state);
    await stack.importState(older);
    const { steps } = await stack.succeed("up", "--expect-no-changes");
    expect(steps).toEqual([]);
  });

  it("leaves no token in state, events or output", async () => {
    const minted = (await readFile(mintedTokensFile, "utf8")).split("\n").filter((line) => line !== "");
    expect(minted.length).toBeGreaterThan(5);
    const everything = `${await stack.state()}${await stack.logs()}${await stack.filesWritten()}`;
    for (const token of [...minted, workspace.token]) expect(everything.includes(token)).toBe(false);
  });

  it("is torn down to nothing", async () => {
    mayDelete("orders");
    await stack.succeed("destroy");
    await workspace.settled();
    const answer = await fetch(`${workspace.apiUrl}/api/2.0/database/instances`, {
      headers: { authorization: `Bearer ${workspace.token}` },
    });
    expect(((await answer.json()) as { database_instances?: unknown[] }).database_instances ?? []).toEqual(
      [],
    );
  });
});
