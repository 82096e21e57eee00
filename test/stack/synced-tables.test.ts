// Synced tables on the real engine: packed, ready when deployed, replaced with their indexes, removed without a trace.
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalWorkspace, startLocalWorkspace } from "../../local/workspace.ts";
import { appendRows } from "../../tools/lakehouse/append-rows.ts";
import { mayDelete } from "../support/deletion-ledger.ts";
import { temporaryFolder } from "./support/folder.ts";
import { runSql } from "./support/run-sql.ts";
import { type StackUnderTest, type Step, startStack } from "./support/stack.ts";
import { ask, reach } from "./support/workspace-control.ts";

const sample = join(import.meta.dirname, "../../examples/lakehouse/main");
const storage = { storageCatalog: "main", storageSchema: "gold" };
const revenue = {
  name: "operational.gold.daily_revenue",
  source: "main.gold.daily_revenue",
  primaryKey: ["day", "region"],
  policy: "TRIGGERED",
  ...storage,
};
const byRegion = {
  ...revenue,
  name: "operational.gold.revenue_by_region",
  indexes: [{ columns: ["region"], include: ["revenue"] }],
};
const customers = {
  name: "operational.gold.customers",
  source: "main.gold.customers",
  primaryKey: ["customer_id"],
  ...storage,
};

const tableType = "databricks:index/databaseSyncedDatabaseTable:DatabaseSyncedDatabaseTable";
const jobType = "databricks:index/job:Job";
const readyType = "pulumi-nodejs:dynamic/lakebase:SyncedTableReady";

/** A job as the workspace tells it. */
interface Job {
  job_id: number;
  settings: { schedule: object; tasks: { pipeline_task: { pipeline_id: string } }[] };
}

describe("a stack with synced tables", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace: LocalWorkspace;
  let stack: StackUnderTest;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const lakehouseDir = join(folder.path, "lakehouse");
    await cp(sample, join(lakehouseDir, "main"), { recursive: true });
    workspace = await startLocalWorkspace({ dataDir: join(folder.path, "data"), delays: 20, lakehouseDir });
    stack = await startStack({
      workspace,
      config: {
        "lakebase:syncedTables": [revenue, byRegion, customers],
        "lakebase:refreshSchedules": { "triggered-1": { cron: "0 0 3 * * ?" } },
      },
    });
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await workspace?.close();
    await folder?.[Symbol.asyncDispose]();
  });

  it("is deployed when every table is online, with two pipelines for three tables", async () => {
    await stack.succeed("up");
    const made = (await stack.changesAsked()).filter((change) => change.includes("/synced_tables"));
    expect(made).toHaveLength(3);
    expect(made.filter((change) => change.includes("existing_pipeline_id"))).toEqual([
      expect.stringContaining(byRegion.name),
    ]);
    expect(await query("SELECT count(*)::int AS rows FROM gold.revenue_by_region")).toEqual([{ rows: 42 }]);
    expect(await query("SELECT count(*)::int AS rows FROM gold.customers")).toEqual([{ rows: 8 }]);
    expect(await indexesOf("revenue_by_region")).toContain("revenue_by_region_region_idx");
    expect((await stack.exports()).verification?.outcome).toBe("verified");
  });

  it("is refreshed by its schedule's job, which has the workspace's clock", async () => {
    const [job] = await jobs();
    expect(job?.settings).toMatchObject({
      schedule: { quartz_cron_expression: "0 0 3 * * ?", timezone_id: "UTC", pause_status: "UNPAUSED" },
      tasks: [{ task_key: "refresh_1" }],
    });
    await appendRows(join(folder.path, "lakehouse/main/gold/daily_revenue"), [
      { day: "2030-01-01", region: "AMER", orders: 1, revenue: "10.00", loaded_at: "2030-01-02T00:00:00Z" },
    ]);
    expect(await query("SELECT count(*)::int AS rows FROM gold.revenue_by_region")).toEqual([{ rows: 42 }]);
    workspace.clock.advance(86_400_000);
    const runs = async () => (await get(`/api/2.2/jobs/runs/list?job_id=${job?.job_id}`)).runs;
    await expect
      .poll(runs, { timeout: 60_000 })
      .toMatchObject([{ trigger: "PERIODIC", state: { result_state: "SUCCESS" } }]);
    expect(await query("SELECT count(*)::int AS rows FROM gold.revenue_by_region")).toEqual([{ rows: 43 }]);
  });

  it("has nothing to do then, also after a refresh", async () => {
    await stack.succeed("up", "--refresh", "--expect-no-changes");
  });

  it("pauses the schedule in place", async () => {
    const schedule = { cron: "0 0 3 * * ?", timezone: "Europe/Berlin", paused: true };
    await stack.configure({ "lakebase:refreshSchedules": { "triggered-1": schedule } });
    const previewed = await stack.succeed("preview");
    const { steps } = await stack.succeed("up");
    for (const taken of [previewed.steps, steps]) {
      expect(taken.filter(({ op }) => op !== "same")).toMatchObject([{ op: "update", type: jobType }]);
    }
    expect((await jobs())[0]?.settings).toMatchObject({
      schedule: { timezone_id: "Europe/Berlin", pause_status: "PAUSED" },
    });
    await stack.succeed("preview", "--refresh", "--expect-no-changes");
  });

  it("loses a pipeline's first table with its rows, and moves none of the others", async () => {
    await stack.configure({ "lakebase:syncedTables": [byRegion, customers] });
    const { steps } = await stack.succeed("up");
    expect(ofTables(steps)).toEqual(["delete table", "delete ready"].sort());
    expect(steps.filter(({ type }) => type === jobType)).toEqual([]);
    expect(await query("SELECT to_regclass('gold.daily_revenue') AS table")).toEqual([{ table: null }]);
    await stack.succeed("preview", "--expect-no-changes");
  });

  it("replaces a table whose key changes, and makes its index again", async () => {
    const changed = { ...byRegion, primaryKey: ["region", "day"] };
    await stack.configure({ "lakebase:syncedTables": [changed, customers] });
    await stack.changesAsked();
    const { steps } = await stack.succeed("up");
    expect(new Set(ofTables(steps).map((step) => step.split(" ").at(-1)))).toEqual(
      new Set(["table", "ready"]),
    );
    const asked = (await stack.changesAsked()).filter((change) => change.includes("/synced_tables"));
    expect(asked.map((change) => change.split(" ").slice(0, 2).join(" "))).toEqual([
      `DELETE /api/2.0/database/synced_tables/${byRegion.name}?purge_data=true`,
      `DELETE /api/2.0/database/synced_tables/${byRegion.name}?`,
      "POST /api/2.0/database/synced_tables",
    ]);
    expect(await indexesOf("revenue_by_region")).toContain("revenue_by_region_region_idx");
    expect(await query("SELECT count(*)::int AS rows FROM gold.revenue_by_region")).toEqual([{ rows: 43 }]);
    // The new table has a pipeline of its own, and the job runs that one.
    const { statuses } = (await get("/api/2.0/pipelines")) as { statuses: { pipeline_id: string }[] };
    const [job] = await jobs();
    const [task] = job?.settings.tasks ?? [];
    expect(statuses.map((pipeline) => pipeline.pipeline_id)).toContain(task?.pipeline_task.pipeline_id);
    await stack.succeed("preview", "--expect-no-changes");
  });

  it("tells in the pipeline's words why a table cannot be filled, and mends it with the declaration", async () => {
    await stack.configure({ "lakebase:refreshSchedules": {} });
    const ambiguous = { ...revenue, primaryKey: ["region"] };
    await stack.configure({ "lakebase:syncedTables": [ambiguous, customers] });
    const { code, output } = await stack.run("up");
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /synced table "operational\.gold\.daily_revenue" is SYNCED_TABLE_OFFLINE_FAILED.*duplicate/is,
    );
    await stack.configure({ "lakebase:syncedTables": [{ ...ambiguous, timeseriesKey: "day" }, customers] });
    await stack.succeed("up");
    expect(await query("SELECT count(*)::int AS rows FROM gold.daily_revenue")).toEqual([{ rows: 3 }]);
    expect(await jobs()).toEqual([]);
  });

  it("refuses at preview what is declared alone for an instance that is stopped", async () => {
    const program = join(folder.path, "alone");
    await stack.makeProgram(
      program,
      `import { SyncedTable } from "pulumi-lakebase";
      new SyncedTable("more", ${JSON.stringify({ ...customers, name: "operational.gold.more_customers" })});`,
    );
    await using alone = await startStack({ workspace, program });
    const path = "/api/2.0/database/instances/orders?update_mask=stopped";
    await ask(workspace, "PATCH", path, { stopped: true });
    await reach(workspace, "orders", "STOPPED");
    const { code, output } = await alone.run("preview");
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /cannot be created while instance "orders" is stopped.*operational\.gold\.more_customers.*fix: start the instance/s,
    );
    await ask(workspace, "PATCH", path, { stopped: false });
    await reach(workspace, "orders", "AVAILABLE");
    await alone.succeed("preview");
  });

  it("is made anew when somebody has deleted the instance, by the command that the wait for a table tells", async () => {
    await stack.configure({ "lakebase:syncedTables": [revenue, byRegion, customers] });
    await stack.succeed("up");
    mayDelete("orders");
    await ask(workspace, "DELETE", "/api/2.0/database/instances/orders?purge=true");
    const left = await stack.succeed("preview", "--refresh");
    expect(ofTables(left.steps)).toEqual(expect.arrayContaining(["update ready"]));
    const command = ["--refresh", "--replace", "**:SyncedTable*$**"];
    const previewed = await stack.succeed("preview", ...command);
    const { steps } = await stack.succeed("up", ...command);
    expect(ofTables(steps)).toEqual(ofTables(previewed.steps));
    for (const table of ["daily_revenue", "revenue_by_region", "customers"])
      expect(await query(`SELECT count(*) > 0 AS filled FROM gold.${table}`)).toEqual([{ filled: true }]);
    expect((await stack.exports()).verification?.outcome).toBe("verified");
    await stack.succeed("up", "--refresh", "--expect-no-changes");
  });

  it("leaves nothing behind", async () => {
    await stack.succeed("destroy");
    expect(((await get("/api/2.0/pipelines")) as { statuses?: unknown[] }).statuses ?? []).toEqual([]);
  });

  const get = (path: string): Promise<Record<string, unknown>> => ask(workspace, "GET", path);

  async function jobs(): Promise<Job[]> {
    return (await get("/api/2.2/jobs/list")).jobs as Job[];
  }

  async function query(sql: string): Promise<Record<string, unknown>[]> {
    return (await runSql(workspace, "orders", sql)).rows;
  }

  async function indexesOf(table: string): Promise<unknown[]> {
    const rows = await query(`SELECT indexname FROM pg_indexes WHERE tablename = '${table}'`);
    return rows.map((row) => row.indexname);
  }
});

/** What happened to the tables and to what waits for them, sorted. */
function ofTables(steps: readonly Step[]): string[] {
  const words: Record<string, string> = { [tableType]: "table", [readyType]: "ready" };
  return steps.flatMap(({ op, type }) => (words[type] === undefined ? [] : [`${op} ${words[type]}`])).sort();
}
