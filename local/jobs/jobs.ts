// The jobs of a workspace: run by request or by their schedules, which follow the workspace's clock.
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { WorkspaceClock } from "../clock.ts";
import { keepGoing } from "../keep-going.ts";
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
  start(job: JobRecord, begin: Pick<RunRecord, "trigger" | "creator" | "idempotencyToken">): RunRecord;
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
  /** Whether it is to be stopped now. */
  const isDue = ({ timeoutAt = Number.POSITIVE_INFINITY, isOverdue = false }: RunRecord): boolean =>
    !isOverdue && timeoutAt <= clock.now();
  const updateHasEnded = ({ updateId }: TaskRun): boolean => {
    const update = updateId === undefined ? undefined : sync.records.updates.get(updateId);
    return update === undefined || finalStates.includes(update.state);
  };

  function start(job: JobRecord, begin: Parameters<Jobs["start"]>[1]): RunRecord {
    const { settings } = job;
    const { timeout_seconds: timeout = 0 } = settings;
    const run: RunRecord = {
      id: newId(),
      jobId: job.id,
      name: settings.name ?? "Untitled",
      startedAt: clock.now(),
      ...(timeout === 0 ? {} : { timeoutAt: clock.now() + timeout * 1000 }),
      ...begin,
      tasks: [],
    };
    const most = settings.max_concurrent_runs ?? 1;
    store.transaction(() => {
      // The service can queue such a run; here it is skipped, as with queueing off.
      if (records.activeRuns().filter(({ jobId }) => jobId === job.id).length >= most) {
        run.result = "MAXIMUM_CONCURRENT_RUNS_REACHED";
        run.message = `${most} runs of the job are under way, as many as max_concurrent_runs allows`;
        run.endedAt = clock.now();
      } else run.tasks = (settings.tasks ?? []).map((task) => startTask(sync, task, clock.now()));
      records.saveRun(run);
    });
    changed.resolve();
    return run;
  }

  function cancel({ tasks }: RunRecord): void {
    for (const { pipelineId, updateId } of tasks) {
      const pipeline = sync.records.pipelines.get(pipelineId);
      if (pipeline && updateId && sync.records.activeUpdate(pipelineId)?.id === updateId) sync.stop(pipeline);
    }
  }

  function stopOverdue(run: RunRecord): void {
    store.transaction(() => {
      records.saveRun({ ...run, isOverdue: true });
      cancel(run);
    });
  }

  /** Records what has ended of a run. */
  function settle(run: RunRecord): void {
    const tasks = run.tasks.map((task) =>
      task.result === undefined && updateHasEnded(task) ? endOf(sync, run, task, clock.now()) : task,
    );
    if (tasks.some((task) => task.result === undefined)) {
      if (tasks.some((task, at) => task !== run.tasks[at])) records.saveRun({ ...run, tasks });
      else if (isDue(run)) stopOverdue(run);
      return;
    }
    const result = resultOf(tasks);
    const message = tasks
      .flatMap((task) => (task.message ? [`${task.key}: ${task.message}`] : []))
      .join("; ");
    records.saveRun({
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
      // Once, however many times have passed meanwhile. Planned anew after it: a start that fails is made up for.
      if (job) start(job, { trigger: "PERIODIC", creator: job.creator });
      if (job) plan(job, clock.now());
      else due.delete(id);
    }
  }

  async function turn(): Promise<void> {
    startDue();
    const running = records.activeRuns();
    for (const run of running) settle(run);
    if (running.length > 0) await sleep(poll, undefined, { signal: closing.signal });
    else await rest();
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
  const done = keepGoing(turn, { signal: closing.signal, name: "jobs", log });

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
    cancel,
    isBusy: () =>
      !closing.signal.aborted &&
      ([...due.values()].some((time) => time <= clock.now()) ||
        records
          .activeRuns()
          .some(
            (run) =>
              isDue(run) || run.tasks.every((task) => task.result !== undefined || updateHasEnded(task)),
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

function endOf(sync: Sync, { isOverdue }: RunRecord, task: TaskRun, endedAt: number): TaskRun {
  const update = task.updateId === undefined ? undefined : sync.records.updates.get(task.updateId);
  if (update?.state === "COMPLETED") return { ...task, result: "SUCCESS", endedAt };
  if (update?.state === "CANCELED") return { ...task, result: isOverdue ? "TIMEDOUT" : "CANCELED", endedAt };
  const message = update?.message ?? "the pipeline was removed meanwhile, with the last of its tables";
  return { ...task, result: "FAILED", message, endedAt };
}

function resultOf(tasks: readonly TaskRun[]): RunResult {
  const results = tasks.map((task) => task.result);
  if (results.includes("FAILED")) return "FAILED";
  if (results.includes("TIMEDOUT")) return "TIMEDOUT";
  return results.includes("CANCELED") ? "CANCELED" : "SUCCESS";
}
