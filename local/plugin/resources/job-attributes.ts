// What a job has, as far as refreshing synced tables takes it, for checks, requests and the schema.

import { type Attributes, PROVIDER_CONFIG } from "../framework/description.ts";

const SCHEDULE: Attributes = {
  pauseStatus: { type: "string", given: "optional or server" },
  quartzCronExpression: { type: "string", given: "required" },
  timezoneId: { type: "string", given: "required" },
};

const PIPELINE_TASK: Attributes = {
  fullRefresh: { type: "boolean", given: "optional" },
  pipelineId: { type: "string", given: "required" },
};

/** Inputs and outputs of `databricks.Job`. */
export const JOB_ATTRIBUTES: Attributes = {
  description: { type: "string", given: "optional", description: "What the job is for." },
  format: { type: "string", given: "optional or server", description: "Always MULTI_TASK." },
  maxConcurrentRuns: { type: "integer", given: "optional or server", description: "Runs at the same time." },
  name: { type: "string", given: "optional", description: "Name of the job; need not be unique." },
  providerConfig: PROVIDER_CONFIG,
  schedule: { type: { object: SCHEDULE }, given: "optional", description: "When it runs by itself." },
  tasks: {
    type: {
      list: {
        object: {
          pipelineTask: { type: { object: PIPELINE_TASK }, given: "optional" },
          taskKey: { type: "string", given: "required" },
        },
      },
    },
    given: "optional",
    description: "What it does: runs of pipelines.",
  },
  timeoutSeconds: { type: "integer", given: "optional or server", description: "Longest run; 0: any." },
  url: { type: "string", given: "server", description: "Where people see it." },
};
