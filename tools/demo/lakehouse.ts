// The demo's change in the lakehouse: one more day of revenue, brought to PostgreSQL by its pipeline.
import path from "node:path";
import { openWorkspace, waitForSyncedTable } from "../../lakebase/workspace/index.ts";
import { appendRows } from "../lakehouse/append-rows.ts";
import { DemoError } from "./error.ts";
import type { DemoWorkspace } from "./local-workspace.ts";

/** The synced table of Pulumi.dev.yaml. */
const TABLE = "lakebase_dev.gold.daily_revenue";
const SYNC_LIMIT = 60_000;
const DAY = 86_400_000;

/** Appends the day after this one to the Delta table, runs the pipeline, and returns the day when it is through. */
export async function addDay({ ready, lakehouse }: DemoWorkspace, latest: string): Promise<string> {
  const day = new Date(Date.parse(latest) + DAY).toISOString().slice(0, 10);
  const rows = ["AMER", "APAC", "EMEA"].map((region, at) => ({
    day,
    region,
    orders: 120 + at,
    revenue: `${4800 + 10 * at}.50`,
    refunds: null,
    loaded_at: `${day}T23:30:00Z`,
  }));
  await appendRows(path.join(lakehouse, "main", "gold", "daily_revenue"), rows);

  const workspace = await openWorkspace({ host: ready.apiUrl, token: ready.token });
  const { pipelineId } = await workspace.syncedTables.get(TABLE);
  const update = await workspace.syncedTables.startPipeline(pipelineId);
  if (update === undefined) throw new DemoError(`pipeline ${pipelineId} is running already`);
  await waitForSyncedTable(workspace, TABLE, { deadlineMs: SYNC_LIMIT, updateId: update.id });
  return day;
}
