// A workspace worth a picture: real PostgreSQL, two instances, synced tables of the sample lakehouse, an app, a fault.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openWorkspace, waitForInstance, waitForSyncedTable } from "../../lakebase/workspace/index.ts";
import { type LocalWorkspace, startLocalWorkspace } from "../../local/workspace.ts";
import { PROJECT_DIR } from "../project.ts";

/** Sends a request to the workspace. */
export type Ask = (method: string, path: string, body?: object) => Promise<Record<string, unknown>>;

/** The workspace, and what a picture changes in it. */
export interface Sample {
  workspace: LocalWorkspace;
  ask: Ask;
  /** Takes the source of the table `operational.gold.customers` away and runs its pipeline, which fails. */
  breakCustomers(): Promise<void>;
}

const api = "/api/2.0/database";
const deadlineMs = 120_000;

/** Runs the work with such a workspace, and leaves nothing behind. */
export async function withSample(work: (sample: Sample) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "lakebase-screenshots-"));
  try {
    const lakehouseDir = path.join(folder, "lakehouse");
    await cp(path.join(PROJECT_DIR, "examples/lakehouse/main"), path.join(lakehouseDir, "main"), {
      recursive: true,
    });
    await using workspace = await startLocalWorkspace({
      dataDir: path.join(folder, "data"),
      delays: "fast",
      lakehouseDir,
    });
    const ask = askerOf(workspace);
    await fill(workspace, ask);
    await work({
      workspace,
      ask,
      async breakCustomers() {
        await rm(path.join(lakehouseDir, "main/gold/customers"), { recursive: true });
        const { syncedTables } = await openWorkspace({ host: workspace.apiUrl, token: workspace.token });
        const { pipelineId } = await syncedTables.get("operational.gold.customers");
        await syncedTables.startPipeline(pipelineId);
        while (!(await syncedTables.get("operational.gold.customers")).state.endsWith("FAILED"))
          await new Promise((wake) => setTimeout(wake, 50));
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function askerOf({ apiUrl, token }: LocalWorkspace): Ask {
  return async (method, at, body) => {
    const answer = await fetch(`${apiUrl}${at}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "user-agent": "pulumi-lakebase/0.1.0 screenshots" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await answer.json()) as Record<string, unknown>;
  };
}

async function fill({ apiUrl, token }: LocalWorkspace, ask: Ask): Promise<void> {
  const workspace = await openWorkspace({ host: apiUrl, token });
  await ask("POST", `${api}/instances`, {
    name: "orders",
    capacity: "CU_2",
    node_count: 2,
    enable_readable_secondaries: true,
    retention_window_in_days: 14,
    custom_tags: [{ key: "team", value: "payments" }],
  });
  await ask("POST", `${api}/instances`, { name: "archive", capacity: "CU_1", stopped: true });
  await waitForInstance(workspace, "orders", { states: ["AVAILABLE"], deadlineMs });
  await waitForInstance(workspace, "archive", { states: ["STOPPED"], deadlineMs });
  await ask("POST", `${api}/catalogs`, {
    name: "operational",
    database_instance_name: "orders",
    database_name: "databricks_postgres",
  });
  await sync(ask, "daily_revenue", ["day", "region"], "TRIGGERED");
  await sync(ask, "customers", ["customer_id"], "SNAPSHOT");
  for (const name of ["daily_revenue", "customers"])
    await waitForSyncedTable(workspace, `operational.gold.${name}`, { deadlineMs });
  await ask("POST", "/api/2.0/apps", {
    name: "order-desk",
    resources: [
      {
        name: "database",
        database: {
          instance_name: "orders",
          database_name: "databricks_postgres",
          permission: "CAN_CONNECT_AND_CREATE",
        },
      },
    ],
  });
  await ask("POST", "/local/faults", {
    method: "POST",
    path: "/credentials$",
    status: 503,
    delay_ms: 120,
    times: 3,
  });
  await ask("POST", `${api}/credentials`, { request_id: "1", instance_names: ["orders"] });
  await ask("GET", `${api}/instances/order`);
  await ask("GET", `${api}/instances/orders`);
}

async function sync(ask: Ask, table: string, key: string[], policy: string): Promise<void> {
  await ask("POST", `${api}/synced_tables`, {
    name: `operational.gold.${table}`,
    spec: {
      source_table_full_name: `main.gold.${table}`,
      primary_key_columns: key,
      scheduling_policy: policy,
      create_database_objects_if_missing: true,
      new_pipeline_spec: { storage_catalog: "main", storage_schema: "gold" },
    },
  });
}
