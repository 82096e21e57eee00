// The rules of a status, by table: what is declared, what the service tells, and what follows.
import { describe, expect, it } from "vitest";
import type { DatabaseInstance, SyncedTable } from "../../lakebase/workspace/index.ts";
import type { DeclaredCheck, DeclaredInstance, DeclaredSyncedTable } from "../../status/declared.ts";
import { judgeCatalog, judgeCheck, judgeInstance, judgeSyncedTable } from "../../status/judge.ts";

const base = { name: "orders", place: {}, failures: [], inputOnly: [] };
const declaredInstance: DeclaredInstance = {
  ...base,
  uid: "u1",
  stopped: false,
  settings: { capacity: "CU_1", nodeCount: 1, customTags: { team: "a" } },
};
const instance: DatabaseInstance = {
  name: "orders",
  uid: "u1",
  state: "AVAILABLE",
  capacity: "CU_1",
  nodeCount: 1,
  customTags: { team: "a" },
  stopped: false,
  childNames: [],
};
const host = "https://dbc-1.example.com";

describe("an instance", () => {
  it.each<[string, Partial<DeclaredInstance>, Partial<DatabaseInstance>, string, RegExp | undefined]>([
    ["runs as declared", {}, {}, "well", undefined],
    ["is stopped as declared", { stopped: true }, { state: "STOPPED", stopped: true }, "well", undefined],
    [
      "is stopped by somebody",
      {},
      { state: "STOPPED", stopped: true },
      "failed",
      /refuses all connections.*fix/,
    ],
    ["runs though it is to be stopped", { stopped: true }, {}, "drifted", undefined],
    ["starts", {}, { state: "STARTING" }, "changing", undefined],
    ["does what nobody knows yet", {}, { state: "REBALANCING" }, "changing", undefined],
    ["is being deleted", {}, { state: "DELETING" }, "failed", /being deleted.*fix/],
    ["has another size", {}, { capacity: "CU_2" }, "drifted", undefined],
    ["has other tags", {}, { customTags: {} }, "drifted", undefined],
    ["is another one of the name", {}, { uid: "u2" }, "failed", /another instance.*u2.*u1.*fix/],
    [
      "failed at its deployment",
      { failures: ["too slow"] },
      {},
      "failed",
      /last deployment failed: too slow/,
    ],
  ])("%s", (_what, declared, told, level, problem) => {
    const judged = judgeInstance(
      { ...declaredInstance, ...declared },
      { found: { ...instance, ...told } },
      host,
    );
    expect(judged.level).toBe(level);
    if (problem === undefined) expect(judged.problems).toEqual([]);
    else expect(judged.problems.join("\n")).toMatch(problem);
  });

  it("tells each setting that differs in words, tags in one order", () => {
    const told = { capacity: "CU_4", customTags: { b: "2", a: "1" }, state: "STOPPED" };
    expect(judgeInstance(declaredInstance, { found: { ...instance, ...told } }, host).drift).toEqual([
      { setting: "capacity", declared: "CU_1", actual: "CU_4" },
      { setting: "customTags", declared: "team=a", actual: "a=1, b=2" },
      { setting: "stopped", declared: "no", actual: "yes" },
    ]);
  });

  it("says what cannot be compared, since the service does not tell it", () => {
    const { nodeCount: _, ...silent } = instance;
    const judged = judgeInstance({ ...declaredInstance, inputOnly: ["parent.lsn"] }, { found: silent }, host);
    expect([judged.level, judged.unknown]).toEqual(["well", ["parent.lsn", "nodeCount"]]);
  });

  it("says where it is on its way to", () => {
    const pending = (told: Partial<DatabaseInstance>) =>
      judgeInstance(declaredInstance, { found: { ...instance, ...told } }, host).pending;
    expect(pending({ state: "STARTING" })).toBe("AVAILABLE");
    expect(pending({ state: "UPDATING", stopped: true })).toBe("STOPPED");
    expect(pending({ state: "DELETING" })).toBe("MISSING");
    expect(pending({})).toBeUndefined();
  });

  it("is gone, or cannot be asked about", () => {
    expect(judgeInstance(declaredInstance, { missing: true }, host)).toMatchObject({
      level: "failed",
      state: "MISSING",
    });
    const refused = { problem: "refused", fix: "ask" };
    expect(judgeInstance(declaredInstance, refused, host)).toMatchObject({
      level: "failed",
      state: "UNKNOWN",
      problems: ["refused; fix: ask"],
    });
  });
});

describe("a catalog", () => {
  it.each([
    ["orders", "well"],
    ["other", "drifted"],
  ])("of instance %s is %s", (instanceName, level) => {
    const declared = { ...base, name: "operational", instance: "orders", database: "db" };
    const found = { name: "operational", instanceName, databaseName: "db" };
    expect(judgeCatalog(declared, { found }).level).toBe(level);
  });
});

describe("a synced table", () => {
  const declared: DeclaredSyncedTable = {
    ...base,
    name: "c.s.t",
    source: "main.gold.t",
    primaryKey: ["id"],
    policy: "TRIGGERED",
  };
  const table: SyncedTable = {
    name: "c.s.t",
    state: "SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE",
    catalogState: "ACTIVE",
    message: "",
    pipelineId: "p",
    lastSync: "2026-06-01T12:00:00Z",
    spec: { source: "main.gold.t", primaryKey: ["id"], policy: "TRIGGERED" },
  };
  const now = Date.parse("2026-06-01T12:01:30Z");

  it.each<[Partial<SyncedTable>, boolean, string]>([
    [{}, false, "well"],
    [{ state: "SYNCED_TABLE_ONLINE_CONTINUOUS_UPDATE" }, false, "well"],
    [{ state: "SYNCED_TABLE_PROVISIONING_INITIAL_SNAPSHOT", lastSync: "" }, false, "changing"],
    [{ state: "", catalogState: "PROVISIONING" }, false, "changing"],
    [{ state: "SYNCED_TABLE_ONLINE_PIPELINE_FAILED" }, false, "failed"],
    [{ state: "SYNCED_TABLE_OFFLINE_FAILED" }, true, "failed"],
    [{ catalogState: "FAILED" }, false, "failed"],
    [{ state: "SYNCED_TABLED_OFFLINE" }, false, "failed"],
    [{ state: "SYNCED_TABLED_OFFLINE" }, true, "well"],
    [{ spec: { source: "main.gold.other" } }, false, "drifted"],
    [{ spec: { primaryKey: ["id", "day"] } }, false, "drifted"],
    [{ spec: { policy: "SNAPSHOT" } }, false, "drifted"],
  ])("%j, its instance meant to be stopped: %s, is %s", (told, meantStopped, level) => {
    expect(judgeSyncedTable(declared, { found: { ...table, ...told } }, { now, meantStopped }).level).toBe(
      level,
    );
  });

  it("tells how old its rows are, never less than nothing, and rows where they are told", () => {
    const context = { now, meantStopped: false };
    const told = judgeSyncedTable(declared, { found: { ...table, progress: { rows: 7 } } }, context);
    expect([told.lagSeconds, told.rows]).toEqual([90, 7]);
    const ahead = judgeSyncedTable(
      declared,
      { found: { ...table, lastSync: "2026-06-01T13:00:00Z" } },
      context,
    );
    expect([ahead.lagSeconds, ahead.rows]).toEqual([0, undefined]);
    expect(
      judgeSyncedTable(declared, { found: { ...table, lastSync: "" } }, context).lagSeconds,
    ).toBeUndefined();
  });

  it("says that the declaration cannot be compared where the service does not repeat it", () => {
    const { spec: _, ...silent } = table;
    expect(judgeSyncedTable(declared, { found: silent }, { now, meantStopped: false }).unknown).toEqual([
      "source",
      "primaryKey",
      "policy",
    ]);
  });
});

describe("a check", () => {
  const check: DeclaredCheck = {
    ...base,
    name: "check",
    instance: "orders",
    database: "db",
    stopped: false,
    outcome: "verified",
    failure: "",
    latencies: { tls: 2, authenticate: 1 },
  };

  it.each<[Partial<DeclaredCheck>, "verified" | "stopped" | "failed" | undefined, string]>([
    [{}, undefined, "well"],
    [{ outcome: "failed", failure: "stage tls" }, undefined, "failed"],
    [{ outcome: "stopped" }, undefined, "failed"],
    [{ outcome: "stopped", stopped: true }, undefined, "well"],
    [{}, "failed", "failed"],
    [{ outcome: "failed" }, "verified", "well"],
    [{}, "stopped", "failed"],
    [{ stopped: true }, "stopped", "well"],
  ])("%j, now %s, is %s", (recorded, outcome, level) => {
    const live = outcome === undefined ? undefined : { verification: { outcome, stages: [] } };
    expect(judgeCheck({ ...check, ...recorded }, live).level).toBe(level);
  });

  it("tells the stages in the order in which they happen", () => {
    expect(judgeCheck(check, undefined).stages.map(({ stage }) => stage)).toEqual(["authenticate", "tls"]);
  });
});
