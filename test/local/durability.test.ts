// kill -9 in the middle of everything: what was answered is there after the restart, half-done work goes on.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LocalProcess, startLocalProcess } from "./support/process.ts";

const path = "/api/2.0/database/instances";
let folder: string;
let local: LocalProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "durability-"));
  local = await startLocalProcess(folder, ["--delays", "300"]);
});
afterEach(async () => {
  await local.stop();
  await rm(folder, { recursive: true, force: true });
});

const killAndRestart = async (): Promise<void> => {
  await local.kill();
  local = await startLocalProcess(folder, ["--delays", "300"]);
};

test("acknowledged requests survive, and transitions resume", async () => {
  await local.call("POST", path, { name: "running", capacity: "CU_1" });
  await local.call("POST", path, { name: "idle", stopped: true });
  await local.reach("running", "AVAILABLE");
  await local.reach("idle", "STOPPED");
  const catalog = {
    name: "cat",
    database_instance_name: "running",
    database_name: "shop",
    create_database_if_not_exists: true,
  };
  expect((await local.call("POST", "/api/2.0/database/catalogs", catalog)).status).toBe(200);
  const acl = { access_control_list: [{ group_name: "users", permission_level: "CAN_USE" }] };
  expect((await local.call("PATCH", `/api/2.0/permissions/database-instances/running`, acl)).status).toBe(
    200,
  );
  // Acknowledged, and cut off in the middle of their transitions.
  const halfDone = await Promise.all([
    local.call("POST", path, { name: "new" }),
    local.call("PATCH", `${path}/running`, { capacity: "CU_4" }),
    local.call("DELETE", `${path}/idle`),
  ]);
  expect(halfDone.map((answer) => answer.status)).toEqual([200, 200, 200]);
  await killAndRestart();
  await local.reach("new", "AVAILABLE");
  await local.reach("running", "AVAILABLE");
  await local.reach("idle", undefined);
  expect((await local.call("GET", `${path}/running`)).body).toMatchObject({ capacity: "CU_4" });
  expect((await local.call("GET", "/api/2.0/database/catalogs/cat")).body).toMatchObject({
    database_name: "shop",
  });
  const permissions = (await local.call("GET", "/api/2.0/permissions/database-instances/running")).body;
  expect(JSON.stringify(permissions)).toContain('"users"');
  const again = { ...catalog, name: "cat2", create_database_if_not_exists: false };
  expect((await local.call("POST", "/api/2.0/database/catalogs", again)).status).toBe(200);
});

test("killed at any moment of a row of requests, it has exactly what it acknowledged, or one more", async () => {
  const acknowledged: string[] = [];
  let sent = 0;
  for (const killAfter of [1, 3, 5]) {
    const one = local;
    const requests = (async () => {
      for (;;) {
        sent += 1;
        const policy = `p-${sent}`;
        const name = `db-${sent}`;
        const { status } =
          sent <= 8
            ? await one.call("POST", path, { name, usage_policy_id: policy, stopped: true })
            : await one.call("GET", path);
        if (status === 200 && sent <= 8) acknowledged.push(name);
        if (acknowledged.length >= killAfter) void one.kill();
      }
    })();
    await expect(requests).rejects.toThrow();
    await killAndRestart();
    const listed = (await local.call("GET", path)).body.database_instances as unknown as { name: string }[];
    const names = listed.map((item) => item.name);
    expect(names).toEqual(expect.arrayContaining(acknowledged));
    // The request on its way at the kill may have been written and not answered.
    acknowledged.push(...names.filter((name) => !acknowledged.includes(name)));
    expect(names.length).toBe(acknowledged.length);
  }
});

test("tokens minted before the kill are good after it", async () => {
  const { access_token } = await local.machineToken();
  await killAndRestart();
  expect((await local.call("GET", path, undefined, access_token)).status).toBe(200);
});
