// Requests about jobs, read and checked.
import { type JobSchedule, type JobSettings, nextTime } from "../jobs/index.ts";
import { ApiError, invalidParameter } from "./errors.ts";
import { accept, type Check, flag, integer, isObject, list, object, oneOf, text } from "./validation.ts";

/** Names of tags to their values. */
const tags: Check = (value, path) =>
  isObject(value)
    ? Object.entries(value).flatMap(([name, content]) => text()(content, `${path}.${name}`))
    : [`${path} must be a JSON object`];

const int32 = 2 ** 31 - 1;
const pipelineTask = { pipeline_id: text(), full_refresh: flag };
const task: Check = (value, path) => {
  // Said first, as what follows would be a list of names that the client knows.
  if (isObject(value) && !value.pipeline_task) {
    return [`${path} needs a pipeline_task: the local workspace runs pipelines, and no other kind of task`];
  }
  return object(
    {
      task_key: text({ form: /^[\w-]{1,100}$/, described: "1 to 100 letters, digits, _ and -" }),
      pipeline_task: object(pipelineTask, ["pipeline_id"]),
    },
    ["task_key"],
  )(value, path);
};
const settings = {
  name: text(),
  description: text(),
  tags,
  max_concurrent_runs: integer(0, 1000),
  timeout_seconds: integer(0, int32),
  format: oneOf(["MULTI_TASK"]),
  schedule: object(
    {
      quartz_cron_expression: text(),
      timezone_id: text(),
      pause_status: oneOf(["PAUSED", "UNPAUSED"]),
    },
    ["quartz_cron_expression", "timezone_id"],
  ),
  tasks: list(task),
};

/** Settings as a request gives them. */
type GivenSettings = JobSettings & { format?: string };

/** The body of a creation. */
export function readJobSettings(body: unknown): JobSettings {
  return checked(accept<GivenSettings>(body, object(settings)));
}

/** The body of a reset or an update, with the id of the job. */
export function readJobChange(body: unknown): { id: number; settings: JobSettings; remove: string[] } {
  const { job_id, new_settings, fields_to_remove } = accept<{
    job_id: number;
    new_settings?: GivenSettings;
    fields_to_remove?: string[];
  }>(
    body,
    object(
      {
        job_id: integer(1, Number.MAX_SAFE_INTEGER),
        new_settings: object(settings),
        fields_to_remove: list(oneOf(Object.keys(settings))),
      },
      ["job_id"],
    ),
  );
  return { id: job_id, settings: checked(new_settings ?? {}), remove: fields_to_remove ?? [] };
}

/** A body that names one job. */
export function readJobId(body: unknown): number {
  const id = integer(1, Number.MAX_SAFE_INTEGER);
  return accept<{ job_id: number }>(body, object({ job_id: id }, ["job_id"])).job_id;
}

/** The body of a request for a run. Parameters are for tasks of other kinds. */
export function readRunNow(body: unknown): { id: number; idempotencyToken?: string } {
  const token = text({ form: /^.{1,64}$/s, described: "1 to 64 characters" });
  const fields = { job_id: integer(1, Number.MAX_SAFE_INTEGER), idempotency_token: token };
  const { job_id: id, idempotency_token } = accept<{ job_id: number; idempotency_token?: string }>(
    body,
    object(fields, ["job_id"]),
  );
  return { id, ...(idempotency_token === undefined ? {} : { idempotencyToken: idempotency_token }) };
}

/** A body that names one run. */
export function readRunId(body: unknown): number {
  const id = integer(1, Number.MAX_SAFE_INTEGER);
  return accept<{ run_id: number }>(body, object({ run_id: id }, ["run_id"])).run_id;
}

/** An id of the query. */
export function idParameter(name: string, value: string | undefined): number {
  if (value === undefined || !/^\d{1,16}$/.test(value))
    throw invalidParameter(`${name} must be the id of a ${name.slice(0, -3)}, not ${JSON.stringify(value)}`);
  return Number(value);
}

function checked({ format: _always, ...given }: GivenSettings): JobSettings {
  const keys = (given.tasks ?? []).map((task) => task.task_key);
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice !== undefined) throw invalidParameter(`task_key ${JSON.stringify(twice)} is given twice`);
  if (given.schedule) requireSchedule(given.schedule);
  return given;
}

function requireSchedule({ quartz_cron_expression: expression, timezone_id: timezone }: JobSchedule): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
  } catch {
    throw invalidParameter(
      `schedule.timezone_id ${JSON.stringify(timezone)} is not a time zone; UTC and Europe/Berlin are`,
    );
  }
  try {
    nextTime({ expression, timezone }, 0);
  } catch (error) {
    throw invalidParameter(
      `schedule.quartz_cron_expression ${JSON.stringify(expression)} is not valid, or of a form that the local workspace ` +
        `does not read: ${(error as Error).message}`,
    );
  }
}

/** The service answers 400 for a job that is not there, not 404. */
export const noSuchJob = (id: number): ApiError =>
  new ApiError(400, "INVALID_PARAMETER_VALUE", `Job ${id} does not exist.`);
