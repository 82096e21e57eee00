// kill -9 of the workspace in the middle of a sync: the next start goes on and ends with exactly the source's rows.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalProcess, startLocalProcess } from "../support/process.ts";
import { startLakehouse, type TestLakehouse } from "./support/lakehouse.ts";

const path = "/api/2.0/database/synced_tables";
let lakehouse: TestLakehouse;
let folder: string;
let local: LocalProcess;

const start = (): Promise<LocalProcess> =>
  startLocalProcess(folder, ["--lakehouse", lakehouse.dir, "--delays", "fast"]);

beforeAll(async () => {
  lakehouse = await startLakehouse();
  folder = await mkdtemp(join(tmpdir(), "crash-"));
  local = await start();
  await local.call("POST", "/api/2.0/database/instances", { name: "db" });
  await local.reach("db", "AVAILABLE");
}, 600_000);
afterAll(async () => {
  await local?.stop();
  await lakehouse?.[Symbol.asyncDispose]();
  if (folder) await rm(folder, { recursive: true, force: true });
});

interface Progress {
  state: string;
  version: number;
  rows: number;
}

async function progressOf(name: string): Promise<Progress> {
  const { body } = await local.call("GET", `${path}/main.default.${name}`);
  const status = body.data_synchronization_status as Record<string, Record<string, unknown>>;
  const copy = (status.provisioning_status?.initial_pipeline_sync_progress ??
    status.triggered_update_status?.triggered_update_progress) as Record<string, number> | undefined;
  return {
    state: String(status.detailed_state),
    version: copy?.latest_version_currently_processing ?? -1,
    rows: copy?.synced_row_count ?? 0,
  };
}

/** Looks until `done`, and returns everything seen; the test's time-out is the net against hangs. */
async function watch(name: string, done: (progress: Progress) => boolean): Promise<Progress[]> {
  const seen: Progress[] = [];
  for (;;) {
    const now = await progressOf(name);
    seen.push(now);
    if (done(now)) return seen;
    if (/FAILED/.test(now.state)) throw new Error(`${name} failed`);
    await new Promise((wake) => setTimeout(wake, 10));
  }
}

async function create(name: string, source: string, scheduling_policy: string): Promise<void> {
  const made = await local.call("POST", path, {
    name: `main.default.${name}`,
    database_instance_name: "db",
    logical_database_name: "databricks_postgres",
    spec: {
      source_table_full_name: source,
      primary_key_columns: ["id"],
      scheduling_policy,
      create_database_objects_if_missing: true,
    },
  });
  expect(made.body.message).toBeUndefined();
}

async function expectEqual(name: string, source: string): Promise<number> {
  const instance = (await local.call("GET", "/api/2.0/database/instances/db")).body;
  const credential = await local.call("POST", "/api/2.0/database/credentials", {
    request_id: "1",
    instance_names: ["db"],
  });
  const { postgresHost, postgresPort, userName, caFile } = local.ready;
  const answer = await lakehouse.run(source, {
    do: "compare",
    connection: {
      host: instance.read_write_dns,
      hostaddr: postgresHost,
      port: postgresPort,
      user: userName,
      password: credential.body.token,
      dbname: "databricks_postgres",
      sslmode: "verify-full",
      sslrootcert: caFile,
    },
    table: `"default"."${name}"`,
    key: ["id"],
  });
  expect(answer.differences).toEqual([]);
  return Number(answer.rows);
}

const isOnline = ({ state }: Progress): boolean => state === "SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE";

test("during a snapshot", async () => {
  const source = "main.raw.large";
  for (let file = 0; file < 6; file++) {
    await lakehouse.run(source, { do: "write", bulk: true, start: file * 50_000, count: 50_000 });
  }
  await create("large", source, "SNAPSHOT");
  let reached = 0;
  for (let kill = 0; kill < 2; kill++) {
    const before = await watch("large", (now) => now.rows > reached || isOnline(now));
    expect(before.at(-1)?.state).toBe("SYNCED_TABLE_PROVISIONING_INITIAL_SNAPSHOT");
    reached = before.at(-1)?.rows ?? 0;
    await local.kill();
    local = await start();
  }
  const after = await watch("large", isOnline);
  // What was copied stays copied: it goes on where it was.
  expect(Math.min(...after.map((now) => now.rows))).toBeGreaterThanOrEqual(reached);
  expect(await expectEqual("large", source)).toBe(300_000);
}, 300_000);

test("while changes are applied", async () => {
  const source = "main.raw.busy";
  await lakehouse.run(source, { do: "write", bulk: true, start: 0, count: 20_000, change_feed: true });
  await create("busy", source, "TRIGGERED");
  await watch("busy", isOnline);
  for (let commit = 1; commit <= 12; commit++) {
    await lakehouse.run(source, {
      do: "update",
      predicate: `id % 12 >= ${commit % 6}`,
      set: { text: `concat(text, ' ${commit}')` },
    });
    await lakehouse.run(source, { do: "delete", predicate: `id % 500 = ${commit}` });
  }
  const { body } = await local.call("GET", `${path}/main.default.busy`);
  const { pipeline_id } = body.data_synchronization_status as { pipeline_id: string };
  await local.call("POST", `/api/2.0/pipelines/${pipeline_id}/updates`, {});
  let reached = 0;
  for (let kill = 0; kill < 2; kill++) {
    const before = await watch(
      "busy",
      (now) => (now.version > reached && !isOnline(now)) || now.version >= 24,
    );
    reached = before.at(-1)?.version ?? 0;
    expect(reached).toBeLessThan(24);
    await local.kill();
    local = await start();
  }
  await watch("busy", (now) => isOnline(now) && now.version >= 24);
  expect(await expectEqual("busy", source)).toBe(20_000 - 12 * 40);
}, 300_000);
