// Adoption with the real engine: what a workspace has already comes under management, unchanged, and stays with its data.
import { execFile } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalWorkspace, startLocalWorkspace } from "../../local/workspace.ts";
import { temporaryFolder } from "./support/folder.ts";
import { writeProgram } from "./support/program.ts";
import { type StackUnderTest, startStack } from "./support/stack.ts";
import { ask, instanceOf, reach } from "./support/workspace-control.ts";

const command = join(import.meta.dirname, "../../bin/pulumi-lakebase.ts");
const sample = join(import.meta.dirname, "../../examples/lakehouse/main");
const instances = "/api/2.0/database/instances";

describe("a workspace that was there before", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace: LocalWorkspace;
  let stack: StackUnderTest;

  /** Runs the command as a user does. */
  const adopt = (...args: string[]) =>
    promisify(execFile)(process.execPath, [command, "import", ...args], {
      cwd: folder.path,
      env: { ...process.env, DATABRICKS_HOST: workspace.apiUrl, DATABRICKS_TOKEN: workspace.token },
    });

  beforeAll(async () => {
    folder = await temporaryFolder();
    const lakehouseDir = join(folder.path, "lakehouse");
    await cp(sample, join(lakehouseDir, "main"), { recursive: true });
    workspace = await startLocalWorkspace({
      dataDir: join(folder.path, "workspace"),
      delays: 20,
      lakehouseDir,
    });
    await ask(workspace, "POST", instances, {
      name: "orders",
      capacity: "CU_2",
      node_count: 2,
      retention_window_in_days: 14,
      custom_tags: [{ key: "team", value: "payments" }],
    });
    await reach(workspace, "orders", "AVAILABLE");
    await ask(workspace, "POST", instances, {
      name: "a-copy",
      capacity: "CU_1",
      parent_instance_ref: { name: "orders" },
    });
    await reach(workspace, "a-copy", "AVAILABLE");
    await ask(workspace, "POST", "/api/2.0/database/catalogs", {
      name: "operational",
      database_instance_name: "orders",
      database_name: "databricks_postgres",
    });
    await ask(workspace, "POST", "/api/2.0/database/synced_tables", {
      name: "operational.gold.daily_revenue",
      spec: {
        source_table_full_name: "main.gold.daily_revenue",
        primary_key_columns: ["day", "region"],
        scheduling_policy: "TRIGGERED",
        create_database_objects_if_missing: true,
        new_pipeline_spec: { storage_catalog: "main", storage_schema: "gold" },
      },
    });
    await ask(workspace, "POST", "/api/2.0/database/synced_tables", {
      name: "main.gold.customers_copy",
      database_instance_name: "orders",
      logical_database_name: "databricks_postgres",
      spec: {
        source_table_full_name: "main.gold.customers",
        primary_key_columns: ["customer_id"],
        scheduling_policy: "SNAPSHOT",
        create_database_objects_if_missing: true,
      },
    });
    await workspace.settled();
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await workspace?.close();
    await folder?.[Symbol.asyncDispose]();
  });

  it("is written down as a program and an import file, and never over a file that exists", async () => {
    const { stdout } = await adopt();
    expect(stdout).toContain("instance orders (CU_2, AVAILABLE)");
    expect(stdout).toContain("catalog operational of instance orders");
    expect(stdout).toMatch(
      /synced table operational\.gold\.daily_revenue of main\.gold\.daily_revenue \(SYNCED_TABLE_ONLINE/,
    );
    expect(await readFile(join(folder.path, "lakebase-import.ts"), "utf8")).toBe(
      `// Lakebase of the workspace as it was found; written by \`pulumi-lakebase import\`.
import { LakebaseCatalog, LakebaseInstance, SyncedTable } from "pulumi-lakebase";

export const orders = new LakebaseInstance("orders", {
  name: "orders",
  capacity: "CU_2",
  nodeCount: 2,
  retentionWindowInDays: 14,
  customTags: {"team":"payments"},
  imported: true,
});

export const aCopy = new LakebaseInstance("a-copy", {
  name: "a-copy",
  capacity: "CU_1",
  parent: { name: orders.name },
});

export const operational = new LakebaseCatalog("operational", {
  name: "operational",
  instanceName: orders.name,
  databaseName: "databricks_postgres",
});

export const operationalGoldDailyRevenue = new SyncedTable("operational.gold.daily_revenue", {
  name: "operational.gold.daily_revenue",
  source: "main.gold.daily_revenue",
  primaryKey: ["day","region"],
  policy: "TRIGGERED",
  storageCatalog: "main",
  storageSchema: "gold",
}, { dependsOn: [operational] });

export const mainGoldCustomersCopy = new SyncedTable("main.gold.customers_copy", {
  name: "main.gold.customers_copy",
  source: "main.gold.customers",
  primaryKey: ["customer_id"],
}, { dependsOn: [orders] });
`,
    );
    await expect(adopt()).rejects.toThrow(/cannot write ".*lakebase-import\.ts": it exists.*--force/s);
    await expect(adopt("missing", "--force")).rejects.toThrow(/import: .*missing/s);
  });

  it("comes under management unchanged, and then there is nothing to do", async () => {
    const program = join(folder.path, "program");
    await writeProgram(program, await readFile(join(folder.path, "lakebase-import.ts"), "utf8"));
    await cp(join(folder.path, "lakebase-import.json"), join(program, "lakebase-import.json"));
    stack = await startStack({ workspace, program });
    const before = [await instanceOf(workspace, "orders"), await instanceOf(workspace, "a-copy")];
    await stack.succeed("import", "--file", "lakebase-import.json", "--generate-code=false");
    await stack.changesAsked();
    const preview = await stack.succeed("preview");
    // The guards are new; what was imported is not touched.
    expect(new Set(preview.steps.map(({ op, type }) => `${op} ${type.split(":").at(-1)}`))).toEqual(
      new Set(["create InstanceIdentity", "create InstancePower", "create SyncedTableReady"]),
    );
    await stack.succeed("up");
    expect(await stack.changesAsked()).toEqual([]);
    expect([await instanceOf(workspace, "orders"), await instanceOf(workspace, "a-copy")]).toEqual(before);
    await stack.succeed("up", "--expect-no-changes");
    await stack.succeed("up", "--refresh", "--expect-no-changes");
  });

  it("is changed in place from then on, by one request that names the change alone", async () => {
    const file = join(folder.path, "program/index.ts");
    await writeFile(
      file,
      (await readFile(file, "utf8")).replace("retentionWindowInDays: 14", "retentionWindowInDays: 15"),
    );
    const { output } = await stack.succeed("preview", "--diff");
    expect(output).toMatch(/retentionWindowInDays *: 14 => 15/);
    await stack.succeed("up");
    expect(await stack.changesAsked()).toEqual([
      'PATCH /api/2.0/database/instances/orders?update_mask=retention_window_in_days {"name":"orders","retention_window_in_days":15}',
    ]);
    await stack.succeed("up", "--refresh", "--expect-no-changes");
  });

  it("is protected from then on", async () => {
    await stack.changesAsked();
    const { code, output } = await stack.run("destroy");
    expect(code).not.toBe(0);
    expect(output).toMatch(/protect/);
    expect((await stack.changesAsked()).filter((line) => line.includes("/instances/"))).toEqual([]);
  });
});
