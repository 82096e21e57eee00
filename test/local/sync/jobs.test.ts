// Jobs run pipelines: by request, and by their schedules as the workspace's clock goes on.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../support/workspace.ts";
import { type SyncedWorkspace, startSyncedWorkspace } from "./support/synced.ts";

let synced: SyncedWorkspace;
let pipeline: string;
const source = "main.raw.jobs";
const columns = { id: "long", name: "string" };
const api = "/api/2.2/jobs";

beforeAll(async () => {
  synced = await startSyncedWorkspace();
  await write(0);
  const made = await synced.create("jobs", source, {
    primary_key_columns: ["id"],
    scheduling_policy: "TRIGGERED",
  });
  pipeline = (made.data_synchronization_status as { pipeline_id: string }).pipeline_id;
}, 600_000);
afterAll(() => synced?.[Symbol.asyncDispose]());

const write = (id: number) =>
  synced.lakehouse.run(source, { do: "write", columns, rows: [[id, `row ${id}`]], change_feed: true });
const call = (method: string, path: string, body?: object): Promise<Answer> =>
  synced.api.call(method, `${api}${path}`, body);
const task = (pipeline_id: string) => ({ task_key: "refresh", pipeline_task: { pipeline_id } });
const daily = { quartz_cron_expression: "0 0 3 * * ?", timezone_id: "UTC" };
const create = async (settings: object): Promise<number> => {
  const { status, body } = await call("POST", "/create", settings);
  expect(body.message).toBeUndefined();
  expect(status).toBe(200);
  return body.job_id as number;
};
const runsOf = async (job: number): Promise<Record<string, unknown>[]> =>
  ((await call("GET", `/runs/list?job_id=${job}`)).body.runs ?? []) as Record<string, unknown>[];
const rows = () => synced.expectEqual("jobs", source, ["id"]);

/** Lets the clock come to a minute past three in the morning. */
async function untilNextRun(): Promise<void> {
  const { clock } = synced.api.workspace;
  const day = 86_400_000;
  const three = Math.ceil((clock.now() - 3 * 3_600_000) / day) * day + 3 * 3_600_000;
  clock.advance(three + 60_000 - clock.now());
  await synced.api.workspace.settled();
}

test("a job is created, read, listed, changed and deleted", async () => {
  const job = await create({ name: "Refresh", tasks: [task(pipeline)] });
  const { body } = await call("GET", `/get?job_id=${job}`);
  expect(body).toMatchObject({
    job_id: job,
    creator_user_name: synced.api.workspace.userName,
    settings: { name: "Refresh", format: "MULTI_TASK", max_concurrent_runs: 1, tasks: [task(pipeline)] },
  });
  expect((await call("GET", "/list?name=refresh")).body).toMatchObject({
    jobs: [{ job_id: job }],
    has_more: false,
  });
  await call("POST", "/update", {
    job_id: job,
    new_settings: { schedule: daily },
    fields_to_remove: ["tasks"],
  });
  expect((await call("GET", `/get?job_id=${job}`)).body.settings).toEqual({
    name: "Refresh",
    format: "MULTI_TASK",
    max_concurrent_runs: 1,
    timeout_seconds: 0,
    schedule: { ...daily, pause_status: "UNPAUSED" },
  });
  await call("POST", "/reset", { job_id: job, new_settings: { name: "Other" } });
  expect((await call("GET", `/get?job_id=${job}`)).body.settings).toMatchObject({ name: "Other" });
  expect((await call("POST", "/delete", { job_id: job })).status).toBe(200);
  expect(await call("GET", `/get?job_id=${job}`)).toMatchObject({
    status: 400,
    body: { error_code: "INVALID_PARAMETER_VALUE", message: `Job ${job} does not exist.` },
  });
});

test("a run brings the table up to date, and is there to be looked at", async () => {
  const job = await create({ name: "Refresh", tasks: [task(pipeline)] });
  await write(1);
  const { run_id } = (await call("POST", "/run-now", { job_id: job })).body;
  expect((await call("GET", `/runs/get?run_id=${run_id}`)).body).toMatchObject({
    state: { life_cycle_state: "RUNNING" },
    trigger: "ONE_TIME",
  });
  expect(await call("POST", "/run-now", { job_id: job })).toMatchObject({ status: 200 });
  await synced.api.workspace.settled();
  expect(await rows()).toBe(2);
  expect(await runsOf(job)).toMatchObject([
    { state: { life_cycle_state: "SKIPPED", result_state: "MAXIMUM_CONCURRENT_RUNS_REACHED" } },
    {
      run_id,
      state: { life_cycle_state: "TERMINATED", result_state: "SUCCESS" },
      tasks: [{ task_key: "refresh", state: { result_state: "SUCCESS" } }],
    },
  ]);
  const updates = (await synced.api.call("GET", `/api/2.0/pipelines/${pipeline}/updates`)).body.updates;
  expect((updates as object[])[0]).toMatchObject({ cause: "JOB_TASK", state: "COMPLETED" });
  await call("POST", "/delete", { job_id: job });
});

test("a schedule follows the clock, rests while it is paused, and outlives a restart", async () => {
  const settings = { name: "Daily", tasks: [task(pipeline)], schedule: daily };
  const job = await create(settings);
  await write(10);
  await untilNextRun();
  const before = await rows();
  expect(await runsOf(job)).toMatchObject([{ trigger: "PERIODIC", state: { result_state: "SUCCESS" } }]);
  await call("POST", "/reset", {
    job_id: job,
    new_settings: { ...settings, schedule: { ...daily, pause_status: "PAUSED" } },
  });
  await untilNextRun();
  expect(await runsOf(job)).toHaveLength(1);
  await call("POST", "/reset", { job_id: job, new_settings: settings });
  await synced.restart();
  await write(11);
  // Three days later it has run once: what was missed is not made up for.
  synced.api.workspace.clock.advance(3 * 86_400_000);
  await synced.api.workspace.settled();
  expect(await runsOf(job)).toHaveLength(2);
  expect(await rows()).toBe(before + 1);
  await call("POST", "/delete", { job_id: job });
  await untilNextRun();
  expect(await runsOf(job)).toHaveLength(2);
});

test("a run whose pipeline fails says why", async () => {
  const job = await create({ name: "Failing", tasks: [task("nowhere")] });
  await call("POST", "/run-now", { job_id: job });
  await synced.api.workspace.settled();
  expect((await runsOf(job))[0]?.state).toMatchObject({
    result_state: "FAILED",
    state_message: "refresh: The specified pipeline nowhere was not found.",
  });
});

describe("refuses", () => {
  test.each<[string, object, RegExp]>([
    [
      "a cron expression of five fields",
      { schedule: { ...daily, quartz_cron_expression: "0 3 * * ?" } },
      /6 or 7 fields/,
    ],
    ["an unknown time zone", { schedule: { ...daily, timezone_id: "Mars" } }, /"Mars" is not a time zone/],
    [
      "another kind of task",
      { tasks: [{ task_key: "a", notebook_task: {} }] },
      /runs pipelines, and no other kind/,
    ],
    ["a key given twice", { tasks: [task("a"), task("b")] }, /"refresh" is given twice/],
    ["an unknown setting", { git_source: {} }, /unknown field "git_source"/],
  ])("%s", async (_what, settings, message) => {
    const { status, body } = await call("POST", "/create", settings);
    expect(status).toBe(400);
    expect(body.message).toMatch(message);
  });
});
