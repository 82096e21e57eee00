// Jobs and their runs in the store.
import type { Collection, Store } from "../store.ts";

/** One task: a run of a pipeline. */
export interface JobTask {
  task_key: string;
  pipeline_task: { pipeline_id: string; full_refresh?: boolean };
}

/** When a job runs by itself. */
export interface JobSchedule {
  quartz_cron_expression: string;
  timezone_id: string;
  pause_status?: "PAUSED" | "UNPAUSED";
}

/** What the client declared, under the names of the API. */
export interface JobSettings {
  name?: string;
  description?: string;
  tags?: Record<string, string>;
  max_concurrent_runs?: number;
  timeout_seconds?: number;
  schedule?: JobSchedule;
  tasks?: JobTask[];
}

/** A job. */
export interface JobRecord {
  id: number;
  creator: string;
  createdAt: number;
  settings: JobSettings;
}

/** How a run or one of its tasks ended, under the service's names. */
export type RunResult = "SUCCESS" | "FAILED" | "CANCELED" | "TIMEDOUT" | "MAXIMUM_CONCURRENT_RUNS_REACHED";

/** A task of a run. */
export interface TaskRun {
  id: number;
  key: string;
  pipelineId: string;
  /** The pipeline's update; undefined where it could not begin. */
  updateId?: string;
  result?: RunResult;
  message?: string;
  endedAt?: number;
}

/** A run of a job. */
export interface RunRecord {
  id: number;
  jobId: number;
  name: string;
  creator: string;
  trigger: "PERIODIC" | "ONE_TIME";
  startedAt: number;
  /** The client's name for the request that began it. */
  idempotencyToken?: string;
  /** When it is stopped if it is not over. */
  timeoutAt?: number;
  /** It was stopped for that. */
  isOverdue?: boolean;
  tasks: TaskRun[];
  /** Undefined while the run is under way. */
  result?: RunResult;
  message?: string;
  endedAt?: number;
}

/** The jobs' collections of a store; keys are the ids as text. */
export interface JobRecords {
  jobs: Collection<JobRecord>;
  runs: Collection<RunRecord>;
  /** The runs under way, oldest first. */
  activeRuns(): RunRecord[];
  /** Writes a run; with one that has ended, all that are none of the {@link keptRuns} newest are forgotten. */
  saveRun(run: RunRecord): void;
}

/** Runs of all jobs together that are kept after their end. */
export const keptRuns = 1000;

/** Opens them. */
export function openJobRecords(store: Store): JobRecords {
  const runs = store.collection<RunRecord>("job_run");
  return {
    jobs: store.collection<JobRecord>("job"),
    runs,
    activeRuns: () => runs.where("$.result", null),
    saveRun: (run) =>
      store.transaction(() => {
        runs.put(String(run.id), run);
        if (run.result === undefined) return;
        const ended = runs.entries().filter(({ value }) => value.result !== undefined);
        for (const { key } of ended.slice(0, -keptRuns)) runs.delete(key);
      }),
  };
}
