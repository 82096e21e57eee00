// The job that runs pipelines by a schedule: nothing else refreshes SNAPSHOT and TRIGGERED tables.
import * as databricks from "@pulumi/databricks/job.js";
import * as pulumi from "@pulumi/pulumi";

/** When pipelines run. Every member is changed in place. */
export interface RefreshScheduleArgs {
  /** Quartz cron expression of 6 or 7 fields, such as `0 0 3 * * ?` for three in the morning. */
  cron: pulumi.Input<string>;
  /** Time zone of the expression, such as `Europe/Berlin`. Default `UTC`. */
  timezone?: pulumi.Input<string>;
  /** Whether the schedule rests. Default false. */
  paused?: pulumi.Input<boolean>;
}

/** Declares a job with one task for each of the pipelines; what runs of it cost is their compute. */
export function refreshJob(
  name: string,
  schedule: RefreshScheduleArgs,
  pipelineIds: readonly pulumi.Input<string>[],
  opts: pulumi.CustomResourceOptions,
): databricks.Job {
  return new databricks.Job(
    `${name}-refresh`,
    {
      name: `Refresh of synced tables: ${name}`,
      // A run that has not ended when the next one is due is not overtaken.
      maxConcurrentRuns: 1,
      tasks: pulumi.all([...pipelineIds]).apply(tasksOf),
      schedule: {
        quartzCronExpression: schedule.cron,
        timezoneId: schedule.timezone ?? "UTC",
        pauseStatus: pulumi
          .output(schedule.paused ?? false)
          .apply((paused) => (paused ? "PAUSED" : "UNPAUSED")),
      },
    },
    opts,
  );
}

/** Usually one: a table that was replaced may have a pipeline of its own. */
function tasksOf(pipelineIds: readonly string[]) {
  return [...new Set(pipelineIds)].map((pipelineId, at) => ({
    taskKey: `refresh_${at + 1}`,
    pipelineTask: { pipelineId },
  }));
}
