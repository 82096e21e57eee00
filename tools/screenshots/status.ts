// A picture of `pulumi-lakebase status`: the real look at the sample workspace, with a sync that fails and a drift.
import path from "node:path";
import type { BrowserContext } from "playwright-core";
import { connect } from "../../lakebase/connection/index.ts";
import { openWorkspace } from "../../lakebase/workspace/index.ts";
import { lookAtStack, readStack, renderStatus } from "../../status/index.ts";
import { verifyNow } from "../../status/verify.ts";
import type { Sample } from "./sample.ts";
import { terminalPage } from "./terminal.ts";

const columns = 112;

/** Takes it; the file. */
export async function screenStatus(context: BrowserContext, folder: string, sample: Sample): Promise<string> {
  const { workspace, ask } = sample;
  const { apiUrl: host, token } = workspace;
  await ask("DELETE", "/local/faults");
  await sample.breakCustomers();
  const { uid } = await ask("GET", "/api/2.0/database/instances/orders");
  const { uid: archive } = await ask("GET", "/api/2.0/database/instances/archive");
  const status = await lookAtStack(readStack(stateOf(sample, String(uid), String(archive))), {
    verify: true,
    open: (settings) => openWorkspace({ ...settings, token }),
    verifyNow: (check, signal) =>
      verifyNow(check, signal, (request, deps) => connect({ ...request, workspace: { host, token } }, deps)),
  });
  const text = renderStatus(status, { width: columns, colour: true });
  const page = await context.newPage();
  await page.setViewportSize({ width: 1100, height: 600 });
  await page.setContent(terminalPage("npx pulumi-lakebase status --verify -- --stack dev", text));
  const file = path.join(folder, "status.png");
  await page.locator("pre").screenshot({ path: file });
  await page.close();
  return file;
}

/** The part of an exported state that a status reads. Its program wants the recovery window that somebody changed. */
function stateOf({ workspace }: Sample, uid: string, archive: string): string {
  const urn = (type: string, name: string) => `urn:pulumi:dev::shop::${type}::${name}`;
  const dynamic = (kind: string, name: string, inputs: object, outputs: object = {}) => {
    const type = `pulumi-nodejs:dynamic/lakebase:${kind}`;
    return { urn: urn(type, name), type, inputs, outputs };
  };
  const official = (kind: string, name: string, inputs: object, outputs: object = {}) => {
    const type = `databricks:index/${kind[0]?.toLowerCase()}${kind.slice(1)}:${kind}`;
    return { urn: urn(type, name), type, provider: `${provider.urn}::1`, inputs, outputs };
  };
  const providerType = "pulumi:providers:databricks";
  const provider = {
    urn: urn(providerType, "default"),
    type: providerType,
    id: "1",
    inputs: { host: workspace.apiUrl },
  };
  const settings = { capacity: "CU_2", nodeCount: 2, retentionWindowInDays: 7 };
  const table = (name: string, primaryKeyColumns: string[], schedulingPolicy: string) =>
    official("DatabaseSyncedDatabaseTable", name, {
      name: `operational.gold.${name}`,
      spec: { sourceTableFullName: `main.gold.${name}`, primaryKeyColumns, schedulingPolicy },
    });
  const resources = [
    provider,
    official("DatabaseInstance", "orders", { name: "orders" }, { uid }),
    dynamic("InstancePower", "orders-power", { instanceName: "orders", stopped: false, settings }),
    official("DatabaseInstance", "archive", { name: "archive", capacity: "CU_1" }, { uid: archive }),
    dynamic("InstancePower", "archive-power", { instanceName: "archive", stopped: true }),
    official("DatabaseDatabaseCatalog", "operational", {
      name: "operational",
      databaseInstanceName: "orders",
      databaseName: "databricks_postgres",
    }),
    table("daily_revenue", ["day", "region"], "TRIGGERED"),
    table("customers", ["customer_id"], "SNAPSHOT"),
    dynamic(
      "ConnectivityCheck",
      "orders-check",
      { instanceName: "orders", port: workspace.postgresPort, sslRootCert: workspace.caFile },
      { outcome: "verified", checkedAt: new Date(Date.now() - 3 * 3_600_000).toISOString() },
    ),
  ];
  const time = new Date(Date.now() - 3 * 3_600_000).toISOString();
  return JSON.stringify({ version: 3, deployment: { manifest: { time }, resources } });
}
