// Jobs by the stand-in: created, read back, reset, deleted; what the service fills in is no change.

import { afterEach, beforeEach, expect, it } from "vitest";
import { type PluginEngine, startPluginEngine } from "../support/plugin-engine.ts";
import { ME, PROBES, type ScriptedWorkspace, startScriptedWorkspace } from "../support/scripted-workspace.ts";

const JOB = "databricks:index/job:Job";
const API = "/api/2.2/jobs";
const GET = `GET ${API}/get?job_id=42`;
const task = { taskKey: "refresh_1", pipelineTask: { pipelineId: "p-1" } };
const schedule = { quartzCronExpression: "0 0 3 * * ?", timezoneId: "UTC" };
const inputs = { name: "refresh", maxConcurrentRuns: 1, tasks: [task], schedule };
const settings = {
  name: "refresh",
  max_concurrent_runs: 1,
  timeout_seconds: 0,
  format: "MULTI_TASK",
  schedule: { quartz_cron_expression: "0 0 3 * * ?", timezone_id: "UTC", pause_status: "UNPAUSED" },
  tasks: [{ task_key: "refresh_1", pipeline_task: { pipeline_id: "p-1" } }],
};

let workspace: ScriptedWorkspace;
let engine: PluginEngine;

beforeEach(async () => {
  workspace = await startScriptedWorkspace();
  engine = await startPluginEngine({ host: workspace.url, token: "dapi-test" });
  let present = settings;
  workspace.script({
    [`POST ${API}/create`]: { body: { job_id: 42 } },
    [GET]: () => ({ body: { job_id: 42, settings: present } }),
    [`POST ${API}/reset`]: ({ body }) => {
      present = { ...settings, ...(JSON.parse(body) as { new_settings: object }).new_settings };
      return { body: {} };
    },
    [`POST ${API}/delete`]: { body: {} },
  });
});

afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

it("is created, read back, and deleted by its id", async () => {
  const { id, outputs } = await engine.up("j", JOB, inputs);
  expect(id).toBe("42");
  expect(outputs).toMatchObject({ name: "refresh", format: "MULTI_TASK", url: `${workspace.url}/#job/42` });
  expect((await engine.preview("j", JOB, inputs)).operation).toBe("same");
  await engine.destroy("j", JOB);
  const trace = workspace.takeTrace().filter((line) => !PROBES.includes(line) && line !== ME);
  expect(trace).toEqual([
    `POST ${API}/create {"max_concurrent_runs":1,"name":"refresh","schedule":{"quartz_cron_expression":"0 0 3 * * ?","timezone_id":"UTC"},"tasks":[{"pipeline_task":{"pipeline_id":"p-1"},"task_key":"refresh_1"}]}`,
    GET,
    `POST ${API}/delete {"job_id":42}`,
  ]);
});

it("is changed in place, and says which members differ", async () => {
  await engine.up("j", JOB, inputs);
  const paused = { ...inputs, schedule: { ...schedule, pauseStatus: "PAUSED" } };
  const step = await engine.preview("j", JOB, paused);
  expect(step).toMatchObject({ operation: "update", replaces: [], diffs: ["schedule"] });
  workspace.takeTrace();
  await engine.up("j", JOB, paused);
  expect(workspace.takeTrace()).toContainEqual(
    expect.stringMatching(/^POST \/api\/2\.2\/jobs\/reset .*"pause_status":"PAUSED"/),
  );
  expect((await engine.preview("j", JOB, paused)).operation).toBe("same");
});

it("is gone at a refresh where the service answers that it does not exist", async () => {
  await engine.up("j", JOB, inputs);
  workspace.script({
    [GET]: {
      status: 400,
      body: { error_code: "INVALID_PARAMETER_VALUE", message: "Job 42 does not exist." },
    },
  });
  expect(await engine.refresh("j", JOB)).toBeNull();
});

it("refuses what it has no words for", async () => {
  await expect(engine.check("j", JOB, { ...inputs, gitSource: {} })).rejects.toThrow(
    /unexpected property "gitSource"/,
  );
});
