// Jobs: pipelines run by request or by schedule.

export { createJobs, type Jobs, type JobsOptions, newId } from "./jobs.ts";
export { nextTime, type Schedule } from "./quartz.ts";
export type { JobRecord, JobSchedule, JobSettings, JobTask, RunRecord, TaskRun } from "./records.ts";
