// Synced tables on the real engine: packed, ready when deployed, replaced with their indexes, removed without a trace.
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../lakebase/connection/index.ts";
import { type LocalWorkspace, startLocalWorkspace } from "../../local/workspace.ts";
import { temporaryFolder } from "./support/folder.ts";
import { type StackUnderTest, type Step, startStack } from "./support/stack.ts";

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
const readyType = "pulumi-nodejs:dynamic/lakebase:SyncedTableReady";

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
      config: { "lakebase:syncedTables": [revenue, byRegion, customers] },
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

  it("has nothing to do then, also after a refresh", async () => {
    await stack.succeed("up", "--refresh", "--expect-no-changes");
  });

  it("loses a pipeline's first table with its rows, and moves none of the others", async () => {
    await stack.configure({ "lakebase:syncedTables": [byRegion, customers] });
    const { steps } = await stack.succeed("up");
    expect(ofTables(steps)).toEqual(["delete table", "delete ready"].sort());
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
    expect(await query("SELECT count(*)::int AS rows FROM gold.revenue_by_region")).toEqual([{ rows: 42 }]);
    await stack.succeed("preview", "--expect-no-changes");
  });

  it("tells in the pipeline's words why a table cannot be filled, and mends it with the declaration", async () => {
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
  });

  it("leaves nothing behind", async () => {
    await stack.succeed("destroy");
    const answer = await fetch(`${workspace.apiUrl}/api/2.0/pipelines`, {
      headers: { authorization: `Bearer ${workspace.token}` },
    });
    expect(((await answer.json()) as { statuses?: unknown[] }).statuses ?? []).toEqual([]);
  });

  async function query(sql: string): Promise<Record<string, unknown>[]> {
    const { client } = await connect({
      workspace: { host: workspace.apiUrl, token: workspace.token },
      instanceName: "orders",
      databaseName: "databricks_postgres",
      port: workspace.postgresPort,
      sslRootCert: workspace.caFile,
    });
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
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
