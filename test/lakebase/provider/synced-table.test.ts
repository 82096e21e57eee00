// A synced table that is ready, as a resource: waiting, failing with the pipeline's words, indexes, removal.
import { describe, expect, it } from "vitest";
import {
  type SyncedTableInputs,
  type SyncedTableOutputs,
  syncedTable,
} from "../../../lakebase/provider/index.ts";
import { type SyncedTable, type Workspace, WorkspaceError } from "../../../lakebase/workspace/index.ts";

const inputs: SyncedTableInputs = {
  tableName: "operational.gold.orders",
  declared: "SNAPSHOT of main.gold.orders by id",
};
const index = { columns: ["region"] };
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

interface Script {
  /** States, one at each look; the last one stays. */
  states: string[];
  /** States after the pipeline was run again. */
  afterRun?: string[];
  message?: string;
  cause?: string;
  /** Indexes that the table has. */
  present?: string[];
  /** State of its instance; undefined where there is none any more. */
  instance?: string | undefined;
}

const notFound = () =>
  new WorkspaceError({ status: 404, errorCode: "NOT_FOUND", reason: "not found", fix: "create it" });

/** A workspace and a database that follow a script and note what they are asked to do. */
function scripted({ states, afterRun = [], message = "", cause = "", present = [], ...rest }: Script) {
  const instance = "instance" in rest ? rest.instance : "AVAILABLE";
  const asked: string[] = [];
  let left = [...states];
  const table = (): SyncedTable => {
    const state = (left.length > 1 ? left.shift() : left[0]) ?? "gone";
    if (state === "gone") throw notFound();
    return {
      name: inputs.tableName,
      instanceName: "orders",
      databaseName: "databricks_postgres",
      state,
      catalogState: "ACTIVE",
      message,
      pipelineId: "p-1",
      lastSync: "2026-06-01T12:00:00Z",
    };
  };
  const workspace = {
    host: "https://a.example",
    async getInstance() {
      if (instance === undefined) throw notFound();
      return { state: instance };
    },
    syncedTables: {
      get: async () => table(),
      async delete(name: string, { purge }: { purge: boolean }) {
        asked.push(`delete ${name} purge ${purge}`);
        table();
        left = ["gone"];
      },
      pipelineCause: async () => cause,
      async startPipeline(id: string) {
        asked.push(`run ${id}`);
        left = afterRun;
        return { id: "u-1", state: "QUEUED" };
      },
      getPipelineUpdate: async () => ({ id: "u-1", state: "COMPLETED" }),
    },
  } as unknown as Workspace;
  const names = new Set(present);
  const client = {
    async query(sql: string) {
      asked.push(sql);
      const made = /CREATE INDEX IF NOT EXISTS "([^"]+)"/.exec(sql)?.[1];
      if (made !== undefined) names.add(made);
      return { rows: [...names].map((name) => ({ name })) };
    },
    end: async () => {},
  };
  const provider = syncedTable(undefined, {
    open: async () => workspace,
    connect: async (request) => {
      asked.push(`login ${request.instanceName}/${request.databaseName}`);
      return { client } as never;
    },
    onProgress: () => {},
  });
  return { provider, asked };
}

const statements = (asked: string[]) => asked.filter((line) => !line.includes("pg_catalog"));
const recorded = (changes: Partial<SyncedTableOutputs> = {}) =>
  ({ ...inputs, outcome: "online", failure: "", pipelineId: "p-1", ...changes }) as SyncedTableOutputs;

describe("deploying", () => {
  it("waits until the table is online, and logs in to nothing without indexes", async () => {
    const { provider, asked } = scripted({
      states: [
        "SYNCED_TABLE_PROVISIONING",
        "SYNCED_TABLE_PROVISIONING_INITIAL_SNAPSHOT",
        "SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE",
      ],
    });
    const { id, outs } = await provider.create(inputs);
    expect(id).toMatch(/^synced-table-/);
    expect(outs).toMatchObject({
      ...inputs,
      outcome: "online",
      pipelineId: "p-1",
      state: "SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE",
      lastSync: "2026-06-01T12:00:00Z",
      instance: "orders",
      database: "databricks_postgres",
    });
    expect(asked).toEqual([]);
  });

  it("makes the indexes when the rows are there", async () => {
    const { provider, asked } = scripted({ states: ["SYNCED_TABLE_ONLINE"] });
    await provider.create({
      ...inputs,
      indexes: [index, { columns: ['a"b'], include: ["c"], method: "btree", name: "own" }],
    });
    expect(statements(asked)).toEqual([
      "login orders/databricks_postgres",
      'CREATE INDEX IF NOT EXISTS "orders_region_idx" ON "gold"."orders" USING btree ("region")',
      'CREATE INDEX IF NOT EXISTS "own" ON "gold"."orders" USING btree ("a""b") INCLUDE ("c")',
    ]);
  });

  it.each([
    ["the table's own words", { message: "duplicate key 7" }, /duplicate key 7/],
    ["the pipeline's, where the table is silent", { cause: "no compute" }, /pipeline p-1\): no compute/],
  ])("fails with %s, and is recorded", async (_, words, expected) => {
    const { provider } = scripted({
      states: ["SYNCED_TABLE_PROVISIONING", "SYNCED_TABLE_OFFLINE_FAILED"],
      ...words,
    });
    // What the engine adds to the inputs has to come back, or it cannot load the provider again.
    const given = { ...inputs, __provider: "shell" };
    await expect(provider.create(given)).rejects.toMatchObject({
      name: "RecordedFailure",
      message: expect.stringMatching(expected),
      properties: { ...given, outcome: "failed" },
    });
  });

  it("gives up at the deadline and says how to go on", async () => {
    const { provider } = scripted({ states: ["SYNCED_TABLE_PROVISIONING"] });
    await expect(provider.create({ ...inputs, deadlineSeconds: 0.01 })).rejects.toThrow(
      /not online.*raise deadlineSeconds/,
    );
  });

  it("runs the pipeline of a failed table again", async () => {
    const { provider, asked } = scripted({
      states: ["SYNCED_TABLE_OFFLINE_FAILED"],
      afterRun: ["SYNCED_TABLE_OFFLINE_FAILED", "SYNCED_TABLE_ONLINE"].slice(1),
    });
    const { outs } = await provider.update("id", recorded({ outcome: "failed" }), inputs);
    expect(outs.outcome).toBe("online");
    expect(asked).toEqual(["run p-1"]);
  });

  it("drops the index that is no longer declared", async () => {
    const { provider, asked } = scripted({ states: ["SYNCED_TABLE_ONLINE"], present: ["orders_region_idx"] });
    await provider.update("id", recorded({ indexes: [index] }), inputs);
    expect(statements(asked)).toEqual([
      "login orders/databricks_postgres",
      'DROP INDEX IF EXISTS "gold"."orders_region_idx"',
    ]);
  });
});

describe("planning", () => {
  const { provider } = scripted({ states: ["SYNCED_TABLE_ONLINE"] });
  it.each<[string, Partial<SyncedTableOutputs>, Partial<SyncedTableInputs>, object]>([
    ["nothing", {}, {}, { changes: false, replaces: [] }],
    ["another deadline", {}, { deadlineSeconds: 5 }, { changes: false, replaces: [] }],
    ["a failure", { outcome: "failed" }, {}, { changes: true, replaces: [] }],
    [
      "another source",
      {},
      { declared: "TRIGGERED of main.gold.orders by id" },
      { changes: true, replaces: [] },
    ],
    ["an index", {}, { indexes: [index] }, { changes: true, replaces: [] }],
    ["a table that is replaced", {}, { tableName: unknown }, { changes: true, replaces: ["tableName"] }],
    ["another name", {}, { tableName: "operational.gold.other" }, { changes: true, replaces: ["tableName"] }],
  ])("%s", async (_, olds, news, expected) => {
    expect(await provider.diff("id", recorded(olds), { ...inputs, ...news })).toMatchObject(expected);
  });

  it("refuses what cannot be an index before anything is sent", async () => {
    const { failures } = await provider.check(
      {},
      { ...inputs, indexes: [{ columns: ["a"], method: "magic" }] },
    );
    expect(failures).toMatchObject([{ property: "indexes[0].method" }]);
  });
});

describe("refreshing", () => {
  it.each<[string, Script, object]>([
    [
      "a table in one of its usual states",
      { states: ["SYNCED_TABLE_ONLINE_TRIGGERED_UPDATE"], present: ["orders_region_idx"] },
      { outcome: "online" },
    ],
    ["a stopped instance", { states: ["SYNCED_TABLED_OFFLINE"], instance: "STOPPED" }, { outcome: "online" }],
    [
      "a lost instance",
      { states: ["SYNCED_TABLED_OFFLINE"], instance: undefined },
      { outcome: "missing", failure: 'instance "orders" does not exist' },
    ],
    [
      "an instance that is being deleted",
      { states: ["SYNCED_TABLED_OFFLINE"], instance: "DELETING" },
      { outcome: "missing" },
    ],
    [
      "a lost index",
      { states: ["SYNCED_TABLE_ONLINE"] },
      { outcome: "failed", failure: "index missing: orders_region_idx" },
    ],
    [
      "a failed sync",
      { states: ["SYNCED_TABLE_ONLINE_PIPELINE_FAILED"], message: "boom" },
      { outcome: "failed", failure: "boom" },
    ],
    ["a table that is gone", { states: ["gone"] }, { outcome: "missing" }],
  ])("sees %s", async (_, script, expected) => {
    const before = recorded({ indexes: [index] });
    const { props } = await scripted(script).provider.read("id", before);
    expect(props).toEqual({ ...before, ...expected, failure: expect.any(String) });
    expect(props).toMatchObject(expected);
  });
});

describe("deleting", () => {
  it("removes the rows with the table", async () => {
    const { provider, asked } = scripted({ states: ["SYNCED_TABLE_ONLINE"] });
    await provider.delete("id", recorded());
    expect(asked).toEqual(["delete operational.gold.orders purge true"]);
  });

  it("is content when the table is gone already", async () => {
    await expect(scripted({ states: ["gone"] }).provider.delete("id", recorded())).resolves.toBeUndefined();
  });

  it("keeps the rows when told so", async () => {
    const { provider, asked } = scripted({ states: ["SYNCED_TABLE_ONLINE"] });
    await provider.delete("id", recorded({ onDelete: "keep" }));
    expect(asked).toEqual([]);
  });
});
