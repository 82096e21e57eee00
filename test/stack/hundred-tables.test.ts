// A hundred synced tables in one stack: packed as documented, no change the second time, one removed alone.
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalWorkspace, startLocalWorkspace } from "../../local/workspace.ts";
import { temporaryFolder } from "./support/folder.ts";
import { type StackUnderTest, startStack } from "./support/stack.ts";

const sample = join(import.meta.dirname, "../../examples/lakehouse/main/gold");
/** The service allows twenty copies of one source. */
const copiesOfSource = 20;

/** 60 SNAPSHOT, 28 TRIGGERED and 12 CONTINUOUS tables: one pipeline, one, and two. */
const policyOf = (number: number): string =>
  number > 88 ? "CONTINUOUS" : number > 60 ? "TRIGGERED" : "SNAPSHOT";
const tables = Array.from({ length: 100 }, (_, at) => ({
  name: `operational.gold.t${at + 1}`,
  source: `main.gold.daily_revenue_${Math.floor(at / copiesOfSource)}`,
  primaryKey: ["day", "region"],
  policy: policyOf(at + 1),
  storageCatalog: "main",
  storageSchema: "gold",
}));

describe("a stack with a hundred synced tables", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace: LocalWorkspace;
  let stack: StackUnderTest;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const lakehouseDir = join(folder.path, "lakehouse");
    for (let source = 0; source < tables.length / copiesOfSource; source += 1) {
      const copy = join(lakehouseDir, "main", "gold", `daily_revenue_${source}`);
      await cp(join(sample, "daily_revenue"), copy, { recursive: true });
    }
    workspace = await startLocalWorkspace({ dataDir: join(folder.path, "data"), delays: 20, lakehouseDir });
    stack = await startStack({ workspace, config: { "lakebase:syncedTables": tables } });
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await workspace?.close();
    await folder?.[Symbol.asyncDispose]();
  });

  it("fills four pipelines", async () => {
    await stack.succeed("up");
    const made = (await stack.changesAsked()).filter((change) =>
      change.includes("POST /api/2.0/database/synced_tables"),
    );
    const pipelineOf = (change: string) => /"existing_pipeline_id":"([^"]+)"/.exec(change)?.[1] ?? "new";
    const sizes = [...Map.groupBy(made, pipelineOf)].map(([pipeline, { length }]) => [
      pipeline === "new",
      length,
    ]);
    expect(sizes.sort()).toEqual([
      [false, 1],
      [false, 27],
      [false, 59],
      [false, 9],
      [true, 4],
    ]);
  });

  it("has nothing to do then", async () => {
    await stack.succeed("up", "--expect-no-changes");
  });

  it.each([
    ["in the middle", 37],
    ["that was the first one of a full pipeline", 89],
  ])("loses a table %s and touches no other", async (_, number) => {
    tables.splice(
      tables.findIndex(({ name }) => name.endsWith(`.t${number}`)),
      1,
    );
    await stack.configure({ "lakebase:syncedTables": tables });
    await stack.changesAsked();
    const { steps } = await stack.succeed("up");
    const own = steps
      .filter(({ type }) => type.includes("Synced"))
      .map(({ op, type }) => `${op} ${type.split(":").at(-1)}`);
    expect(own.sort()).toEqual(["delete DatabaseSyncedDatabaseTable", "delete SyncedTableReady"]);
    expect(await stack.changesAsked()).toEqual([
      expect.stringContaining(
        `DELETE /api/2.0/database/synced_tables/operational.gold.t${number}?purge_data=true`,
      ),
      expect.stringContaining(`DELETE /api/2.0/database/synced_tables/operational.gold.t${number}?`),
    ]);
  });
});
