// SyncedTable and SyncedTables: what they declare, how they pack, what a change in the list touches.
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import {
  LakebaseDatabase,
  type PackedSyncedTableArgs,
  SyncedTable,
  type SyncedTableArgs,
  SyncedTables,
  type SyncedTablesArgs,
} from "../../components/index.ts";
import { checkSyncedTables } from "../../components/synced-tables.ts";
import { type Answers, type Recording, record } from "./support/mocks.ts";

const tableType = "databricks:index/databaseSyncedDatabaseTable:DatabaseSyncedDatabaseTable";
const readyType = "pulumi-nodejs:dynamic/lakebase:SyncedTableReady";
const pipelineType = "pulumi-nodejs:dynamic/lakebase:SyncedTablePipeline";
const jobType = "databricks:index/job:Job";

const answers: Answers = {
  [readyType]: ({ tableName }) => ({
    outcome: "online",
    pipelineId: `pipeline-of-${tableName}`,
    settledAt: "2026-06-01",
  }),
  [pipelineType]: ({ tableName }) => ({ pipelineId: `pipeline-of-${tableName}` }),
};
const good = { name: "operational.gold.orders", source: "main.gold.orders", primaryKey: ["id"] };

const one = (args: SyncedTableArgs, opts: pulumi.ComponentResourceOptions = {}) =>
  record((capture) => new SyncedTable("orders", args, { ...opts, transformations: [capture] }), { answers });
const many = (args: SyncedTablesArgs, preview = false) =>
  record((capture) => new SyncedTables("tables", args, { transformations: [capture] }), { answers, preview });

describe("checkSyncedTables", () => {
  it("leaves to the table what holds an output, also deep inside", () => {
    const later = pulumi.output("id");
    const tables = [{ ...good, primaryKey: [later], indexes: [{ columns: [later] }] }];
    const refreshSchedules = { "snapshot-1": { cron: pulumi.output("0 0 3 * * ?"), timezone: "Nowhere" } };
    expect(checkSyncedTables("tables", tables, {}, refreshSchedules).map(({ path }) => path)).toEqual([
      "refreshSchedules.snapshot-1.timezone",
    ]);
  });

  it("tells of tables without a name that it is missing, and not that they share one", () => {
    const { name: _, ...nameless } = good;
    expect(checkSyncedTables("tables", [nameless, nameless]).map(({ path }) => path)).toEqual([
      "tables[0].name",
      "tables[1].name",
    ]);
  });
});

describe("SyncedTable", () => {
  it("declares a snapshot with the defaults said outright, and waits for it", async () => {
    const { recording } = await one(good);
    expect(recording.only(tableType).inputs).toEqual({
      name: good.name,
      spec: {
        sourceTableFullName: good.source,
        primaryKeyColumns: ["id"],
        schedulingPolicy: "SNAPSHOT",
        createDatabaseObjectsIfMissing: true,
        newPipelineSpec: {},
      },
    });
    expect(recording.only(readyType).inputs).toMatchObject({
      tableName: good.name,
      declared: "SNAPSHOT of main.gold.orders by id",
      onDelete: "purge",
    });
    expect(recording.resources.filter(({ type }) => type === jobType)).toEqual([]);
  });

  it("is replaced for what the service cannot change, never moved, and deleted first", async () => {
    const { recording } = await one(good);
    expect(recording.optionsOf(tableType)).toMatchObject({
      replaceOnChanges: ["name", "databaseInstanceName", "logicalDatabaseName", "spec"],
      ignoreChanges: [
        "spec.existingPipelineId",
        "spec.newPipelineSpec",
        "spec.createDatabaseObjectsIfMissing",
        "spec.acceleratedSync",
      ],
      deleteBeforeReplace: true,
    });
    expect(recording.optionsOf(readyType)).toMatchObject({ deleteBeforeReplace: true });
  });

  it("joins an existing pipeline instead of making one", async () => {
    const { recording } = await one({ ...good, existingPipelineId: pulumi.output("p-1") });
    const spec = recording.only(tableType).inputs.spec as Record<string, unknown>;
    expect(spec).toMatchObject({ existingPipelineId: "p-1" });
    expect(spec).not.toHaveProperty("newPipelineSpec");
  });

  it("refreshes by a job with a schedule", async () => {
    const { recording } = await one({ ...good, refreshSchedule: { cron: "0 0 3 * * ?" } });
    expect(recording.only(jobType).inputs).toMatchObject({
      maxConcurrentRuns: 1,
      schedule: { quartzCronExpression: "0 0 3 * * ?", timezoneId: "UTC", pauseStatus: "UNPAUSED" },
      tasks: [{ taskKey: "refresh_1", pipelineTask: { pipelineId: `pipeline-of-${good.name}` } }],
    });
  });

  it("refuses bad arguments, all at once", async () => {
    await expect(one({ name: "gold.orders", source: "orders", primaryKey: [] })).rejects.toThrow(
      /SyncedTable "orders": 3 problems.*name:.*source:.*primaryKey:/s,
    );
  });
});

const policyOf = (number: number): string =>
  number % 10 === 0 ? "CONTINUOUS" : number % 2 === 0 ? "TRIGGERED" : "SNAPSHOT";
const hundred: PackedSyncedTableArgs[] = Array.from({ length: 100 }, (_, at) => ({
  name: `operational.gold.t${at + 1}`,
  source: `main.gold.t${at + 1}`,
  primaryKey: ["id"],
  policy: policyOf(at + 1),
}));

describe("SyncedTables", () => {
  it("packs a hundred tables into three pipelines, each made by its first table", async () => {
    const { recording } = await many({ tables: hundred, storageCatalog: "main", storageSchema: "pipelines" });
    const specs = specsOf(recording);
    expect(specs.size).toBe(100);
    const joined = Map.groupBy(specs.values(), (spec) => spec.existingPipelineId ?? "new");
    expect(new Map([...joined].map(([pipeline, { length }]) => [pipeline, length]))).toEqual(
      new Map([
        ["new", 3],
        ["pipeline-of-operational.gold.t1", 49],
        ["pipeline-of-operational.gold.t2", 39],
        ["pipeline-of-operational.gold.t10", 9],
      ]),
    );
    expect(specs.get("operational.gold.t1")?.newPipelineSpec).toEqual({
      storageCatalog: "main",
      storageSchema: "pipelines",
    });
  });

  it("splits a policy at its limit", async () => {
    const tables = hundred.slice(0, 25).map((table) => ({ ...table, policy: "CONTINUOUS" }));
    const pipelines = async (limits?: SyncedTablesArgs["pipelineLimits"]) => {
      const { recording } = await many({
        tables,
        ...(limits === undefined ? {} : { pipelineLimits: limits }),
      });
      return recording.resources
        .filter(({ type }) => type === pipelineType)
        .map(({ name }) => name)
        .sort();
    };
    expect(await pipelines()).toEqual(["tables-continuous-1", "tables-continuous-2", "tables-continuous-3"]);
    expect(await pipelines({ CONTINUOUS: 20 })).toHaveLength(2);
  });

  it("removes table 37 and declares every other one as before", async () => {
    const before = await many({ tables: hundred });
    const after = await many({ tables: hundred.filter((_, at) => at !== 36) });
    const left = declaredBy(before.recording);
    for (const [key, inputs] of declaredBy(after.recording)) {
      expect(left.get(key)).toEqual(inputs);
      left.delete(key);
    }
    expect([...left.keys()].sort()).toEqual(
      [`${readyType}|tables-operational.gold.t37-ready`, `${tableType}|tables-operational.gold.t37`].sort(),
    );
  });

  it("shows everything in a preview, in which no pipeline is known", async () => {
    const { recording } = await many({ tables: hundred }, true);
    expect(recording.resources.filter(({ type }) => type === tableType)).toHaveLength(100);
    expect(recording.resources.filter(({ type }) => type === readyType)).toHaveLength(100);
    expect(recording.resources.filter(({ type }) => type === pipelineType)).toHaveLength(3);
  });

  it("keeps tables of one named pipeline together, and schedules by that name", async () => {
    const tables = hundred
      .slice(0, 3)
      .map((table) => ({ ...table, policy: "TRIGGERED", pipeline: "finance" }));
    const { recording } = await many({
      tables,
      refreshSchedules: { finance: { cron: "0 0 * * * ?", paused: true } },
    });
    expect(recording.only(pipelineType).name).toBe("tables-finance");
    const job = recording.only(jobType);
    expect(job.name).toBe("tables-finance-refresh");
    expect(job.inputs).toMatchObject({ schedule: { pauseStatus: "PAUSED" } });
  });

  it("is part of a database: read by its check, and granted again when a table was made anew", async () => {
    const tables = hundred.slice(0, 2);
    const { recording } = await record(
      (capture) =>
        new LakebaseDatabase(
          "shop",
          {
            name: "orders",
            catalogName: "operational",
            syncedTables: tables,
            principals: [{ name: "analysts", type: "GROUP" }],
          },
          { transformations: [capture] },
        ),
      { answers },
    );
    expect(recording.only("pulumi-nodejs:dynamic/lakebase:ConnectivityCheck").inputs.tables).toEqual(
      tables.map(({ name }) => ({ name })),
    );
    expect(recording.only("pulumi-nodejs:dynamic/lakebase:DatabaseAccess").inputs.trigger).toBe("2026-06-01");
  });

  it("says what is missing in a table of a configuration", async () => {
    const tables = [{ name: good.name } as never, 7 as never];
    expect(checkSyncedTables("syncedTables", tables).map(({ path }) => path)).toEqual([
      "syncedTables[0].source",
      "syncedTables[0].primaryKey",
      "syncedTables[1]",
    ]);
  });

  it("tells every problem of all tables at once", async () => {
    const tables = [
      { ...good, policy: "CONTINUOUS", pipeline: "own" },
      { ...good, policy: "TRIGGERED", pipeline: "own", primaryKey: [] },
    ];
    await expect(many({ tables, refreshSchedules: { other: { cron: "x" } } })).rejects.toThrow(
      /SyncedTables "tables": 4 problems.*tables\[1\]\.primaryKey.*tables: name one synced table twice.*pipeline "own".*refreshSchedules\.other/s,
    );
  });
});

type Spec = { existingPipelineId?: string; newPipelineSpec?: unknown };

function specsOf({ resources }: Recording): Map<string, Spec> {
  const tables = resources.filter(({ type }) => type === tableType);
  return new Map(tables.map(({ inputs }) => [String(inputs.name), inputs.spec as Spec]));
}

/** What the workspace would be asked for: the pipelines' own records of their members are not sent anywhere. */
function declaredBy({ resources }: Recording): Map<string, unknown> {
  return new Map(
    resources
      .filter(({ type }) => type === tableType || type === readyType)
      .map(({ type, name, inputs }) => [`${type}|${name}`, inputs]),
  );
}
