// Point-in-time clones of a local workspace, by its own clock: what was deleted since is there again.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalWorkspace, startLocalWorkspace } from "../../local/workspace.ts";
import { temporaryFolder } from "../stack/support/folder.ts";
import { runSql } from "../stack/support/run-sql.ts";
import { ask, instanceOf, reach } from "../stack/support/workspace-control.ts";

const instances = "/api/2.0/database/instances";

describe("a clone of the past", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace: LocalWorkspace;
  let clones = 0;

  const query = async (instanceName: string, sql: string): Promise<object[]> => {
    return (await runSql(workspace, instanceName, sql)).rows;
  };
  /** The workspace's time, after all that was done and before all that comes. */
  const now = (): string => {
    workspace.clock.advance(2);
    const time = new Date(workspace.clock.now()).toISOString();
    workspace.clock.advance(2);
    return time;
  };
  const clone = async (reference: object): Promise<string> => {
    clones += 1;
    const name = `clone-${clones}`;
    await ask(workspace, "POST", instances, { name, parent_instance_ref: { name: "orders", ...reference } });
    await reach(workspace, name, "AVAILABLE");
    return name;
  };
  const rowsOf = (name: string) => query(name, "SELECT id FROM orders ORDER BY id");
  const times: string[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    workspace = await startLocalWorkspace({ dataDir: folder.path, delays: 0 });
    await ask(workspace, "POST", instances, { name: "orders", retention_window_in_days: 2 });
    await reach(workspace, "orders", "AVAILABLE");
    await query("orders", "CREATE TABLE orders (id int); INSERT INTO orders VALUES (1), (2)");
    times.push(now());
    workspace.clock.advance(3_600_000);
    await query("orders", "DELETE FROM orders WHERE id = 1");
    times.push(now());
    await query("orders", "DELETE FROM orders");
  });
  afterAll(async () => {
    await workspace?.close();
    await folder?.[Symbol.asyncDispose]();
  });

  it("has the rows of that time, though the clock was moved since", async () => {
    expect(await rowsOf(await clone({ branch_time: times[0] }))).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await rowsOf(await clone({ branch_time: times[1] }))).toEqual([{ id: 2 }]);
    expect(await rowsOf(await clone({}))).toEqual([]);
  });

  it("of a time that the clock has skipped is as it was then", async () => {
    const half = new Date(Date.parse(times[0] as string) + 1_800_000).toISOString();
    expect(await rowsOf(await clone({ branch_time: half }))).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it("is refused outside of the retention window, and of what is not kept", async () => {
    const refusal = (reference: object) =>
      ask(workspace, "POST", instances, {
        name: "refused",
        parent_instance_ref: { name: "orders", ...reference },
      });
    await expect(refusal({ lsn: "FF/0" })).rejects.toThrow(/400.*lsn FF\/0 is outside the history/);
    await expect(refusal({ lsn: "0/1" })).rejects.toThrow(/400.*lsn 0\/1 is outside the history/);
    await expect(refusal({ name: "clone-1", branch_time: now() })).rejects.toThrow(
      /400.*local workspace has no history of database instance 'clone-1'/,
    );
    workspace.clock.advance(2 * 86_400_000);
    await expect(refusal({ branch_time: times[0] })).rejects.toThrow(/400.*outside the retention window/);
    await expect(instanceOf(workspace, "refused")).rejects.toThrow("404");
  });

  it("is still there after a restart of the workspace", async () => {
    const time = times[1];
    await ask(workspace, "PATCH", `${instances}/orders?update_mask=retention_window_in_days`, {
      retention_window_in_days: 35,
    });
    await workspace.close();
    workspace = await startLocalWorkspace({ dataDir: folder.path, delays: 0 });
    expect(await rowsOf("clone-1")).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await rowsOf(await clone({ branch_time: time }))).toEqual([{ id: 2 }]);
  });
});
