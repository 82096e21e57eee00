// The jobs of a workspace: run by request or by their schedules, which follow the workspace's clock.
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkspaceClock } from "../clock.ts";
import type { Store } from "../store.ts";
import { finalStates, type Sync } from "../sync/index.ts";
import { nextTime } from "./quartz.ts";
import {
  type JobRecord,
  type JobRecords,
  type JobTask,
  openJobRecords,
  type RunRecord,
  type RunResult,
  type TaskRun,
} from "./records.ts";

/** Settings of {@link createJobs}. */
export interface JobsOptions {
  store: Store;
  clock: WorkspaceClock;
  sync: Sync;
  log: (line: string) => void;
}

/** The jobs of a workspace. */
export interface Jobs {
  readonly records: JobRecords;
  /** Creates or changes a job; its schedule counts from now on. */
  put(job: JobRecord): void;
  delete(id: number): void;
  /** Begins a run at once, or records that it was skipped because too many are under way. */
  start(job: JobRecord, trigger: RunRecord["trigger"], creator: string): RunRecord;
  /** Ends what a run is doing. */
  cancel(run: RunRecord): void;
  /** Whether a schedule is due, or the end of a run is about to be recorded. */
  isBusy(): boolean;
  close(): Promise<void>;
}

/** A new id: the service's are of 15 digits or so as well. */
export const newId = (): number => randomInt(10 ** 14, 2 ** 47);

/** How often the updates of runs under way are looked at, in milliseconds. */
const poll = 20;

/** Opens the jobs. A schedule that was due while the workspace was down is not made up for. */
export function createJobs({ store, clock, sync, log }: JobsOptions): Jobs {
  const records = openJobRecords(store);
  const closing = new AbortController();
  const due = new Map<number, number>();
  let changed = Promise.withResolvers<void>();

  const plan = (job: JobRecord, after: number): void => {
    const time = dueTime(job, after);
    if (time === undefined) due.delete(job.id);
    else due.set(job.id, time);
  };
  const active = (): RunRecord[] =>
    records.runs.entries().flatMap(({ value }) => (value.result === undefined ? [value] : []));
  const updateHasEnded = ({ updateId }: TaskRun): boolean => {
    const update = updateId === undefined ? undefined : sync.records.updates.get(updateId);
    return update === undefined || finalStates.includes(update.state);
  };

  function start(job: JobRecord, trigger: RunRecord["trigger"], creator: string): RunRecord {
    const { settings } = job;
    const run: RunRecord = {
      id: newId(),
      jobId: job.id,
      name: settings.name ?? "Untitled",
      creator,
      trigger,
      startedAt: clock.now(),
      tasks: [],
    };
    const most = settings.max_concurrent_runs ?? 1;
    // The service can queue such a run; here it is skipped, as with queueing off.
    if (active().filter(({ jobId }) => jobId === job.id).length >= most) {
      run.result = "MAXIMUM_CONCURRENT_RUNS_REACHED";
      run.message = `${most} runs of the job are under way, as many as max_concurrent_runs allows`;
      run.endedAt = clock.now();
    } else run.tasks = (settings.tasks ?? []).map((task) => startTask(sync, task, clock.now()));
    records.runs.put(String(run.id), run);
    changed.resolve();
    return run;
  }

  /** Records what has ended of a run. */
  function settle(run: RunRecord): void {
    const tasks = run.tasks.map((task) =>
      task.result === undefined && updateHasEnded(task) ? endOf(sync, task, clock.now()) : task,
    );
    if (tasks.some((task) => task.result === undefined)) {
      if (tasks.some((task, at) => task !== run.tasks[at]))
        records.runs.put(String(run.id), { ...run, tasks });
      return;
    }
    const result = resultOf(tasks);
    const message = tasks
      .flatMap((task) => (task.message ? [`${task.key}: ${task.message}`] : []))
      .join("; ");
    records.runs.put(String(run.id), {
      ...run,
      tasks,
      result,
      endedAt: clock.now(),
      ...(message ? { message } : {}),
    });
    log(`job ${run.name}: run ${run.id} ended with ${result}${message ? `: ${message}` : ""}`);
  }

  function startDue(): void {
    for (const [id, time] of due) {
      if (time > clock.now()) continue;
      const job = records.jobs.get(String(id));
      due.delete(id);
      if (!job) continue;
      // Once, however many times have passed meanwhile.
      start(job, "PERIODIC", job.creator);
      plan(job, clock.now());
    }
  }

  async function work(): Promise<void> {
    while (!closing.signal.aborted) {
      startDue();
      const running = active();
      for (const run of running) settle(run);
      if (running.length > 0) await sleep(poll, undefined, { signal: closing.signal });
      else await rest();
    }
  }

  /** Until the next schedule is due, or something has changed. */
  async function rest(): Promise<void> {
    const stop = new AbortController();
    const time = clock.until(
      Math.min(...due.values(), Number.MAX_SAFE_INTEGER),
      AbortSignal.any([stop.signal, closing.signal]),
    );
    try {
      await Promise.race([time, changed.promise]);
    } finally {
      time.catch(() => {});
      stop.abort();
      changed = Promise.withResolvers<void>();
    }
  }

  for (const { value } of records.jobs.entries()) plan(value, clock.now());
  const done = work().catch((error: unknown) => {
    if (!closing.signal.aborted) log(`jobs: ${(error as Error).stack}`);
  });

  return {
    records,
    start,
    put(job) {
      records.jobs.put(String(job.id), job);
      plan(job, clock.now());
      changed.resolve();
    },
    delete(id) {
      records.jobs.delete(String(id));
      due.delete(id);
    },
    cancel({ tasks }) {
      for (const { pipelineId, updateId } of tasks) {
        const pipeline = sync.records.pipelines.get(pipelineId);
        if (pipeline && updateId && sync.records.activeUpdate(pipelineId)?.id === updateId)
          sync.stop(pipeline);
      }
    },
    isBusy: () =>
      !closing.signal.aborted &&
      ([...due.values()].some((time) => time <= clock.now()) ||
        active().some(({ tasks }) =>
          tasks.every((task) => task.result !== undefined || updateHasEnded(task)),
        )),
    async close() {
      closing.abort(new Error("the workspace is closing"));
      await done;
    },
  };
}

function dueTime({ settings }: JobRecord, after: number): number | undefined {
  const { schedule } = settings;
  if (!schedule || schedule.pause_status === "PAUSED") return undefined;
  return nextTime({ expression: schedule.quartz_cron_expression, timezone: schedule.timezone_id }, after);
}

function startTask(sync: Sync, { task_key: key, pipeline_task }: JobTask, now: number): TaskRun {
  const { pipeline_id: pipelineId, full_refresh: fullRefresh = false } = pipeline_task;
  const task: TaskRun = { id: newId(), key, pipelineId };
  const failed = (message: string): TaskRun => ({ ...task, result: "FAILED", message, endedAt: now });
  const pipeline = sync.records.pipelines.get(pipelineId);
  if (!pipeline) return failed(`The specified pipeline ${pipelineId} was not found.`);
  const busy = sync.records.activeUpdate(pipelineId);
  if (busy) return failed(`An active update ${busy.id} already exists for pipeline ${pipelineId}.`);
  return { ...task, updateId: sync.startUpdate(pipeline, { cause: "JOB_TASK", fullRefresh }).id };
}

function endOf(sync: Sync, task: TaskRun, endedAt: number): TaskRun {
  const update = task.updateId === undefined ? undefined : sync.records.updates.get(task.updateId);
  if (update?.state === "COMPLETED") return { ...task, result: "SUCCESS", endedAt };
  if (update?.state === "CANCELED") return { ...task, result: "CANCELED", endedAt };
  const message = update?.message ?? "the pipeline was removed meanwhile, with the last of its tables";
  return { ...task, result: "FAILED", message, endedAt };
}

function resultOf(tasks: readonly TaskRun[]): RunResult {
  const results = tasks.map((task) => task.result);
  if (results.includes("FAILED")) return "FAILED";
  return results.includes("CANCELED") ? "CANCELED" : "SUCCESS";
}
