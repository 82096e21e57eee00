// Jobs and pipelines on a store that fails now and then, their history, timeouts, and requests that come twice.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createClock } from "../../../local/clock.ts";
import { createJobs, type Jobs } from "../../../local/jobs/index.ts";
import { keptRuns } from "../../../local/jobs/records.ts";
import { openStore, type Store } from "../../../local/store.ts";
import { startPipelineRunner } from "../../../local/sync/pipeline-runner.ts";
import { keptUpdates, openSyncRecords, type PipelineRecord } from "../../../local/sync/records.ts";
import type { RunContext } from "../../../local/sync/run-table.ts";
import type { Sync } from "../../../local/sync/sync.ts";
import { startApiWorkspace } from "../support/workspace.ts";

const pipeline: PipelineRecord = { id: "p", name: "p", policy: "TRIGGERED", creator: "c", createdAt: 0 };
const update = { pipelineId: "p", cause: "JOB_TASK", createdAt: 0, fullRefresh: false } as const;
const task = { task_key: "refresh", pipeline_task: { pipeline_id: "p" } };
const patience = { timeout: 30_000 };
const clock = createClock();

let folder: string;
let store: Store;
let failures: number;
let jobs: Jobs | undefined;
const lines: string[] = [];
const log = (line: string): void => void lines.push(line);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jobs-"));
  store = openStore(join(folder, "store.sqlite"));
  failures = 0;
  lines.length = 0;
});
afterEach(async () => {
  await jobs?.close();
  jobs = undefined;
  store.close();
  await rm(folder, { recursive: true, force: true });
});

/** The store, whose questions fail as often as `failures` says. */
const failing = (): Store => ({
  ...store,
  collection: <T>(kind: string) => {
    const collection = store.collection<T>(kind);
    const fail = (): void => {
      if (failures-- > 0) throw new Error("disk I/O error");
    };
    return {
      ...collection,
      where: (...question: Parameters<typeof collection.where>) => {
        fail();
        return collection.where(...question);
      },
    };
  },
});

/** Pipelines whose updates end when the test says so. */
function openJobs(): {
  jobs: Jobs;
  records: Sync["records"];
  end: (state: "COMPLETED" | "CANCELED") => void;
} {
  const records = openSyncRecords(store);
  records.pipelines.put("p", pipeline);
  const end = (state: "COMPLETED" | "CANCELED"): void => {
    const active = records.activeUpdate("p");
    if (active) records.updates.put(active.id, { ...active, state });
  };
  const sync = {
    records,
    startUpdate(_pipeline: PipelineRecord, given: object) {
      const started = { ...update, ...given, id: crypto.randomUUID(), state: "QUEUED" as const };
      records.addUpdate(started);
      return started;
    },
    stop: () => end("CANCELED"),
  } as unknown as Sync;
  jobs = createJobs({ store: failing(), clock, sync, log });
  return { jobs, records, end };
}

const begin = { trigger: "ONE_TIME", creator: "c" } as const;
const resultOf = (id: number): string | undefined => jobs?.records.runs.get(String(id))?.result;

test("a run ends although the store failed meanwhile", patience, async () => {
  const { jobs, end } = openJobs();
  const job = { id: 1, creator: "c", createdAt: 0, settings: { tasks: [task] } };
  jobs.put(job);
  const run = jobs.start(job, begin);
  failures = 1;
  await vi.waitUntil(() => lines.length > 0, patience);
  expect(lines).toEqual(["jobs: disk I/O error; going on in 1 s"]);
  end("COMPLETED");
  await vi.waitUntil(() => resultOf(run.id) === "SUCCESS", patience);
});

test("a pipeline's update ends although the store failed meanwhile", patience, async () => {
  const records = openSyncRecords(failing());
  records.addUpdate({ ...update, id: "u", state: "QUEUED" });
  failures = 1;
  const context = { records, clock, log } as unknown as RunContext;
  const runner = startPipelineRunner(context, pipeline, { delays: { updating: 0 } });
  await vi.waitUntil(() => records.updates.get("u")?.state === "COMPLETED", patience);
  expect(lines).toEqual(["pipeline p: disk I/O error; going on in 1 s"]);
  await runner.close();
});

test("a run that takes too long is stopped", patience, async () => {
  const { jobs, records } = openJobs();
  const job = { id: 1, creator: "c", createdAt: 0, settings: { tasks: [task], timeout_seconds: 60 } };
  const run = jobs.start(job, begin);
  clock.advance(60_000);
  await vi.waitUntil(() => resultOf(run.id) !== undefined, patience);
  expect(resultOf(run.id)).toBe("TIMEDOUT");
  expect(records.updatesOf("p")).toMatchObject([{ state: "CANCELED" }]);
});

test("old runs and updates are forgotten, those under way are not", () => {
  const { jobs, records } = openJobs();
  const run = { ...begin, jobId: 1, name: "n", startedAt: 0, tasks: [] };
  store.transaction(() => {
    for (let id = 1; id <= keptRuns + 2; id += 1)
      jobs.records.runs.put(String(id), { ...run, id, ...(id === 1 ? {} : { result: "SUCCESS" }) });
    for (let id = 1; id <= keptUpdates + 2; id += 1)
      records.updates.put(String(id), { ...update, id: String(id), state: id === 1 ? "RUNNING" : "FAILED" });
  });
  jobs.records.saveRun({ ...run, id: keptRuns + 3, result: "FAILED" });
  records.addUpdate({ ...update, id: String(keptUpdates + 3), state: "QUEUED" });
  const ids = jobs.records.runs.entries().map(({ value }) => value.id);
  expect([ids.length, ids.slice(0, 2)]).toEqual([keptRuns + 1, [1, 4]]);
  const kept = records.updatesOf("p").map(({ id }) => id);
  expect([kept.length, kept.slice(0, 2), kept.at(-1)]).toEqual([keptUpdates + 2, ["1", "3"], "103"]);
  expect(jobs.records.activeRuns().map(({ id }) => id)).toEqual([1]);
});

test("a request for a run that comes again with its token is answered with that run", async () => {
  await using api = await startApiWorkspace();
  const call = async (path: string, body: object) =>
    (await api.call("POST", `/api/2.2/jobs${path}`, body)).body;
  const { job_id } = await call("/create", { tasks: [] });
  const other = (await call("/create", { tasks: [] })).job_id;
  const run = async (job: unknown, token?: string) =>
    (await call("/run-now", { job_id: job, ...(token && { idempotency_token: token }) })).run_id;
  const first = await run(job_id, "a");
  expect(await run(job_id, "a")).toBe(first);
  const others = [await run(job_id, "b"), await run(job_id), await run(other, "a")];
  expect(new Set([first, ...others]).size).toBe(4);
  expect((await call("/run-now", { job_id, idempotency_token: "x".repeat(65) })).message).toMatch(
    /idempotency_token .* must be 1 to 64 characters/,
  );
});
