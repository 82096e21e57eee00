// The demo's change in the lakehouse: one more day of revenue, brought to PostgreSQL by its pipeline.
import path from "node:path";
import { openWorkspace, waitForSyncedTable } from "../../lakebase/workspace/index.ts";
import { appendRows } from "../lakehouse/append-rows.ts";
import { DemoError } from "./error.ts";
import type { DemoWorkspace } from "./local-workspace.ts";

/** The synced table of Pulumi.dev.yaml. */
const TABLE = "lakebase_dev.gold.daily_revenue";
const SYNC_LIMIT = 60_000;

/** The day after the sample's last one. */
export const NEW_DAY = "2026-06-15";

/** Appends a day to the Delta table, and returns the commit's version. */
export function addDay({ lakehouse }: DemoWorkspace): Promise<number> {
  const rows = ["AMER", "APAC", "EMEA"].map((region, at) => ({
    day: NEW_DAY,
    region,
    orders: 120 + at,
    revenue: `${4800 + 10 * at}.50`,
    refunds: null,
    loaded_at: `${NEW_DAY}T23:30:00Z`,
  }));
  return appendRows(path.join(lakehouse, "main", "gold", "daily_revenue"), rows);
}

/** Runs the table's pipeline and waits until it is through. */
export async function runPipeline({ ready }: DemoWorkspace): Promise<void> {
  const workspace = await openWorkspace({ host: ready.apiUrl, token: ready.token });
  const { pipelineId } = await workspace.syncedTables.get(TABLE);
  const update = await workspace.syncedTables.startPipeline(pipelineId);
  if (update === undefined) throw new DemoError(`pipeline ${pipelineId} is running already`);
  await waitForSyncedTable(workspace, TABLE, { deadlineMs: SYNC_LIMIT, updateId: update.id });
}
