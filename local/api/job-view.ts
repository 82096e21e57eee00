// Jobs and runs as the API shows them.
import type { JobRecord, RunRecord, TaskRun } from "../jobs/index.ts";
import { withoutUndefined } from "./instance-record.ts";

/** A job, with what the service sets where the client says nothing. */
export function viewJob({ id, creator, createdAt, settings }: JobRecord): object {
  const { schedule } = settings;
  return {
    job_id: id,
    creator_user_name: creator,
    run_as_user_name: creator,
    created_time: createdAt,
    settings: withoutUndefined({
      name: "Untitled",
      max_concurrent_runs: 1,
      timeout_seconds: 0,
      format: "MULTI_TASK",
      ...settings,
      schedule: schedule && { pause_status: "UNPAUSED", ...schedule },
      tasks: settings.tasks && [...settings.tasks].sort((a, b) => (a.task_key < b.task_key ? -1 : 1)),
    }),
  };
}

/** A run with its tasks; `schedule` is the job's, shown with the runs that it began. */
export function viewRun(run: RunRecord, schedule: object | undefined): object {
  return withoutUndefined({
    job_id: run.jobId,
    run_id: run.id,
    number_in_job: run.id,
    run_name: run.name,
    creator_user_name: run.creator,
    run_type: "JOB_RUN",
    trigger: run.trigger,
    schedule: run.trigger === "PERIODIC" ? schedule : undefined,
    start_time: run.startedAt,
    end_time: run.endedAt ?? 0,
    run_duration: run.endedAt === undefined ? undefined : run.endedAt - run.startedAt,
    state: stateOf(run),
    status: statusOf(run),
    tasks: run.tasks.map((task) => ({
      run_id: task.id,
      task_key: task.key,
      pipeline_task: { pipeline_id: task.pipelineId },
      start_time: run.startedAt,
      end_time: task.endedAt ?? 0,
      attempt_number: 0,
      state: stateOf(task),
    })),
  });
}

function stateOf({ result, message = "" }: Pick<TaskRun, "result" | "message">): object {
  if (result === undefined) return { life_cycle_state: "RUNNING", state_message: "In run" };
  const skipped = result === "MAXIMUM_CONCURRENT_RUNS_REACHED";
  return {
    life_cycle_state: skipped ? "SKIPPED" : "TERMINATED",
    result_state: result,
    state_message: message,
    user_cancelled_or_timedout: result === "CANCELED" || result === "TIMEDOUT",
  };
}

const terminationCodes = {
  SUCCESS: "SUCCESS",
  FAILED: "RUN_EXECUTION_ERROR",
  CANCELED: "USER_CANCELED",
  // The service's word for a run that it stopped itself, "for example, if the maximum run duration was exceeded".
  TIMEDOUT: "CANCELED",
  MAXIMUM_CONCURRENT_RUNS_REACHED: "MAX_CONCURRENT_RUNS_EXCEEDED",
} as const;

function statusOf({ result, message = "" }: RunRecord): object {
  if (result === undefined) return { state: "RUNNING" };
  const type = result === "SUCCESS" ? "SUCCESS" : "CLIENT_ERROR";
  return { state: "TERMINATED", termination_details: { code: terminationCodes[result], type, message } };
}
