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
export type RunResult = "SUCCESS" | "FAILED" | "CANCELED" | "MAXIMUM_CONCURRENT_RUNS_REACHED";

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
  /** Oldest first. */
  runsOf(jobId: number): RunRecord[];
}

/** Opens them. */
export function openJobRecords(store: Store): JobRecords {
  const runs = store.collection<RunRecord>("job_run");
  return {
    jobs: store.collection<JobRecord>("job"),
    runs,
    runsOf: (jobId) => runs.entries().flatMap(({ value }) => (value.jobId === jobId ? [value] : [])),
  };
}
