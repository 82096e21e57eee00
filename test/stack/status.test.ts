// `pulumi-lakebase status` on a deployed stack: all well, stopped by somebody, drifted, a failed sync, gone; no secret.
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type LocalWorkspace, startLocalWorkspace } from "../../local/workspace.ts";
import type { StackStatus } from "../../status/index.ts";
import { command, type Outcome } from "../bin/support/command.ts";
import { temporaryFolder } from "./support/folder.ts";
import { type StackUnderTest, startStack } from "./support/stack.ts";
import { ask, reach } from "./support/workspace-control.ts";

const root = join(import.meta.dirname, "../..");
const table = "operational.gold.daily_revenue";
const instance = "/api/2.0/database/instances/orders";
const revenue = {
  name: table,
  source: "main.gold.daily_revenue",
  primaryKey: ["day", "region"],
  storageCatalog: "main",
  storageSchema: "gold",
  policy: "TRIGGERED",
};

describe("status of a deployed stack", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace: LocalWorkspace;
  let stack: StackUnderTest;
  let said = "";
  const lakehouse = () => join(folder.path, "lakehouse");
  const mintedTokensFile = () => join(folder.path, "minted-tokens");

  const status = async (...args: string[]): Promise<Outcome> => {
    const outcome = await command(["status", "--state", join(folder.path, "state.json"), ...args]);
    said += outcome.out + outcome.err;
    return outcome;
  };
  const look = async (...args: string[]): Promise<{ code: number; seen: StackStatus }> => {
    const { code, out, err } = await status("--json", ...args);
    expect(err).toBe("");
    return { code, seen: JSON.parse(out) as StackStatus };
  };
  const patch = (field: string, value: unknown) =>
    ask(workspace, "PATCH", `${instance}?update_mask=${field}`, { name: "orders", [field]: value });

  beforeAll(async () => {
    folder = await temporaryFolder();
    await cp(join(root, "examples/lakehouse/main"), join(lakehouse(), "main"), { recursive: true });
    workspace = await startLocalWorkspace({
      dataDir: join(folder.path, "data"),
      delays: 20,
      lakehouseDir: lakehouse(),
      mintedTokensFile: mintedTokensFile(),
    });
    vi.stubEnv("DATABRICKS_TOKEN", workspace.token);
    stack = await startStack({ workspace, config: { "lakebase:syncedTables": [revenue] } });
    await stack.succeed("up");
    await writeFile(join(folder.path, "state.json"), await stack.state());
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await stack?.[Symbol.asyncDispose]();
    await workspace?.close();
    await folder?.[Symbol.asyncDispose]();
  });

  it("says that all is well, in the documented shape", async () => {
    const { code, seen } = await look();
    const schema = JSON.parse(await readFile(join(root, "docs/status.schema.json"), "utf8")) as object;
    const validate = new Ajv2020({ strict: true, strictRequired: false }).compile(schema);
    expect(validate(seen), JSON.stringify(validate.errors)).toBe(true);
    expect([code, seen.verdict]).toEqual([0, "well"]);
    expect(seen.instances).toEqual([
      expect.objectContaining({
        name: "orders",
        workspace: workspace.apiUrl,
        state: "AVAILABLE",
        capacity: "CU_1",
        nodes: 1,
        retentionDays: 7,
        drift: [],
      }),
    ]);
    expect(seen.catalogs).toEqual([
      expect.objectContaining({ name: "operational", state: "REGISTERED", instance: "orders" }),
    ]);
    expect(seen.syncedTables).toEqual([
      expect.objectContaining({ name: table, level: "well", rows: 42, lagSeconds: expect.any(Number) }),
    ]);
    expect(seen.verifications).toEqual([
      expect.objectContaining({
        outcome: "verified",
        checkedAt: expect.any(String),
        userName: workspace.userName,
      }),
    ]);
    expect(seen.verifications[0]?.stages.map(({ stage }) => stage)).toContain("tls");
    expect(seen.credentials).toEqual({ minted: 0, inState: 0 });
  });

  it("checks the database now when asked to, and counts the connections", async () => {
    const { code, seen } = await look("--verify");
    expect(code).toBe(0);
    expect(seen.verifications[0]?.now).toMatchObject({
      outcome: "verified",
      sessions: { limit: expect.any(Number) },
    });
    expect(seen.credentials.minted).toBe(1);
  });

  it("tells settings that somebody changed, by the rule that a deployment goes by", async () => {
    await patch("retention_window_in_days", 14);
    await reach(workspace, "orders", "AVAILABLE");
    const { code, seen } = await look();
    expect([code, seen.verdict]).toEqual([3, "drifted"]);
    expect(seen.instances[0]?.drift).toEqual([
      { setting: "retentionWindowInDays", declared: "7", actual: "14" },
    ]);
    const { out } = await status();
    expect(out).toContain("instance orders: retentionWindowInDays is 14, declared 7");
    expect(out).toContain("`pulumi up --refresh` brings it back");
  });

  it("tells a failed sync in the pipeline's words", async () => {
    await rm(join(lakehouse(), "main/gold/daily_revenue"), { recursive: true });
    const read = async () => {
      const answer = await ask(workspace, "GET", `/api/2.0/database/synced_tables/${table}`);
      return answer.data_synchronization_status as { pipeline_id: string; detailed_state: string };
    };
    await ask(workspace, "POST", `/api/2.0/pipelines/${(await read()).pipeline_id}/updates`, {});
    await expect
      .poll(async () => (await read()).detailed_state, { timeout: 60_000 })
      .toBe("SYNCED_TABLE_ONLINE_PIPELINE_FAILED");
    const { code, seen } = await look();
    expect([code, seen.verdict]).toEqual([2, "failed"]);
    expect(seen.syncedTables[0]).toMatchObject({ level: "failed", state: expect.stringMatching(/FAILED$/) });
    expect(seen.syncedTables[0]?.problems[0]).toMatch(
      /^the sync has failed: .*main\.gold\.daily_revenue.*; fix: /,
    );
  });

  it("tells an instance that somebody stopped, and what cannot work then", async () => {
    await patch("stopped", true);
    await reach(workspace, "orders", "STOPPED");
    const { code, seen } = await look("--verify");
    expect([code, seen.verdict]).toEqual([2, "failed"]);
    expect(seen.instances[0]).toMatchObject({
      level: "failed",
      state: "STOPPED",
      drift: [
        { setting: "retentionWindowInDays", declared: "7", actual: "14" },
        { setting: "stopped", declared: "no", actual: "yes" },
      ],
    });
    expect(seen.verifications[0]?.now).toMatchObject({ outcome: "failed", failedStage: "state" });
    expect(seen.verifications[0]?.outcome).toBe("verified");
  });

  it("tells what is gone, and mistakes of the one who asks", async () => {
    await ask(workspace, "DELETE", "/api/2.0/database/catalogs/operational");
    const { seen } = await look();
    expect(seen.catalogs[0]).toMatchObject({ level: "failed", state: "MISSING" });
    const refused = await status("--host", "http://127.0.0.1:9");
    expect([refused.code, refused.out]).toEqual([1, ""]);
    expect(refused.err).toMatch(/^status: .*no workspace answers at http:\/\/127\.0\.0\.1:9/);
    vi.stubEnv("DATABRICKS_TOKEN", "dapi0000000000000000");
    const wrong = await status();
    vi.stubEnv("DATABRICKS_TOKEN", workspace.token);
    expect([wrong.code, wrong.out]).toEqual([1, ""]);
    expect(wrong.err).toMatch(/^status: /);
  });

  it("has said no secret", async () => {
    const minted = (await readFile(mintedTokensFile(), "utf8")).split("\n").filter((line) => line !== "");
    expect(minted.length).toBeGreaterThan(1);
    for (const token of [...minted, workspace.token, "dapi0000000000000000"])
      expect(said.includes(token)).toBe(false);
  });
});
