// What the next start finds of a pipeline whose last table went just before the workspace was killed.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "../../../local/store.ts";
import { openSyncRecords } from "../../../local/sync/records.ts";
import { startApiWorkspace } from "../support/workspace.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "lakebase-resume-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test("the pipeline and its updates are forgotten, as its deletion would have done", async () => {
  const first = await startApiWorkspace({ dataDir });
  await first[Symbol.asyncDispose]();
  const store = openStore(join(dataDir, "workspace.sqlite"));
  const records = openSyncRecords(store);
  const pipelineId = "8d1c3f5e-0000-4000-8000-000000000000";
  records.pipelines.put(pipelineId, {
    id: pipelineId,
    name: "Synced table: main.default.orders",
    policy: "CONTINUOUS",
    creator: "developer@example.com",
    createdAt: 0,
  });
  records.updates.put("update", {
    id: "update",
    pipelineId,
    state: "RUNNING",
    cause: "USER_ACTION",
    createdAt: 0,
    fullRefresh: false,
  });
  store.close();

  await using next = await startApiWorkspace({ dataDir });
  const list = await next.call("GET", "/api/2.0/pipelines");
  expect(list).toMatchObject({ status: 200, body: { statuses: [] } });
  expect((await next.call("GET", `/api/2.0/pipelines/${pipelineId}/updates/update`)).status).toBe(404);
});
