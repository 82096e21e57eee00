// A synced table's life through the unmodified official Python SDK, on the sample lakehouse.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { preparePython } from "../../support/python.ts";
import { startRealWorkspace } from "../support/workspace.ts";

const program = fileURLToPath(new URL("support/official_sdk.py", import.meta.url));
const sample = fileURLToPath(new URL("../../../examples/lakehouse", import.meta.url));

test("the SDK places, watches, refreshes and deletes a synced table", async () => {
  const python = await preparePython();
  await using api = await startRealWorkspace({ lakehouseDir: sample });
  await api.createInstance({ name: "db" });
  const { apiUrl, token } = api.workspace;
  const { PATH = "", HOME = "" } = process.env;
  const env = { PATH, HOME, DATABRICKS_HOST: apiUrl, DATABRICKS_TOKEN: token };
  const { stdout } = await promisify(execFile)(python, [program], { env });
  expect(JSON.parse(stdout)).toEqual({
    source: ["DELTA", "true", 6],
    schemas: ["default", "gold"],
    tables: ["customers", "daily_revenue"],
    catalog: "main",
    missing: expect.stringMatching(/^NotFound: Table 'main\.gold\.nope' does not exist\. .*no views/),
    created: "SYNCED_TABLE_PROVISIONING",
    online: ["SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE", "ACTIVE", 8, 42],
    pipeline: "IDLE",
    updates: ["COMPLETED", "COMPLETED"],
    patch: "NotImplemented: Update Synced Database Table is not yet implemented.",
    uc: true,
    deleted: "NotFound: Synced database table 'main.gold.revenue_synced' not found.",
  });
}, 600_000);
