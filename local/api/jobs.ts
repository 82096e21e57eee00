// Jobs, as far as refreshing synced tables takes them: /api/2.2/jobs, and 2.1 for older clients
import { Hono } from "hono";
import { type JobRecord, newId, type RunRecord } from "../jobs/index.ts";
import { type Env, readJson, type Workspace } from "./context.ts";
import { invalidParameter, permissionDenied } from "./errors.ts";
import type { Identity } from "./identities.ts";
import { withoutUndefined } from "./instance-record.ts";
import {
  idParameter,
  noSuchJob,
  readJobChange,
  readJobId,
  readJobSettings,
  readRunId,
  readRunNow,
} from "./job-requests.ts";
import { viewJob, viewRun } from "./job-view.ts";
import { pageOf } from "./paging.ts";
import { booleanParameter } from "./validation.ts";

/** The routes of jobs, relative to /api/2.2/jobs. */
export function jobRoutes({ jobs, clock }: Workspace): Hono<Env> {
  const { records } = jobs;
  const requireJob = (id: number): JobRecord => {
    const job = records.jobs.get(String(id));
    if (!job) throw noSuchJob(id);
    return job;
  };
  const requireOwn = (id: number, { admin, userName }: Identity): JobRecord => {
    const job = requireJob(id);
    if (admin || job.creator === userName) return job;
    throw permissionDenied(`User ${userName} does not have Manage permission on job ${id}.`);
  };
  const requireRun = (id: number): RunRecord => {
    const run = records.runs.get(String(id));
    if (!run) throw invalidParameter(`Run ${id} does not exist.`);
    return run;
  };
  /** The run that a request of the same token has begun. */
  const runOf = (id: number, { idempotencyToken }: { idempotencyToken?: string }): RunRecord | undefined =>
    idempotencyToken === undefined
      ? undefined
      : records.runs.where("$.idempotencyToken", idempotencyToken).find(({ jobId }) => jobId === id);
  const view = (run: RunRecord): object =>
    viewRun(run, records.jobs.get(String(run.jobId))?.settings.schedule);

  return new Hono<Env>()
    .post("/create", async (c) => {
      const settings = readJobSettings(await readJson(c));
      const job = { id: newId(), creator: c.get("identity").userName, createdAt: clock.now(), settings };
      jobs.put(job);
      return c.json({ job_id: job.id });
    })
    .get("/get", (c) => c.json(viewJob(requireJob(idParameter("job_id", c.req.query("job_id"))))))
    .get("/list", (c) => {
      const { name, limit, page_token } = c.req.query();
      const matching = records.jobs
        .entries()
        .reverse()
        .filter(
          ({ value }) => name === undefined || value.settings.name?.toLowerCase() === name.toLowerCase(),
        )
        .map(({ value }, place) => ({ place, value }));
      const page = pageOf(matching, { page_size: limit, page_token });
      const { nextPageToken: next_page_token } = page;
      const shown = { jobs: page.items.map(viewJob), has_more: next_page_token !== undefined };
      return c.json(withoutUndefined({ ...shown, next_page_token }));
    })
    .post("/reset", async (c) => {
      const { id, settings } = readJobChange(await readJson(c));
      jobs.put({ ...requireOwn(id, c.get("identity")), settings });
      return c.json({});
    })
    .post("/update", async (c) => {
      const { id, settings, remove } = readJobChange(await readJson(c));
      const job = requireOwn(id, c.get("identity"));
      const kept = Object.entries(job.settings).filter(([name]) => !remove.includes(name));
      jobs.put({ ...job, settings: { ...Object.fromEntries(kept), ...settings } });
      return c.json({});
    })
    .post("/delete", async (c) => {
      jobs.delete(requireOwn(readJobId(await readJson(c)), c.get("identity")).id);
      return c.json({});
    })
    .post("/run-now", async (c) => {
      const { userName } = c.get("identity");
      const { id, ...named } = readRunNow(await readJson(c));
      const job = requireOwn(id, c.get("identity"));
      const run = runOf(id, named) ?? jobs.start(job, { trigger: "ONE_TIME", creator: userName, ...named });
      return c.json({ run_id: run.id, number_in_job: run.id });
    })
    .get("/runs/get", (c) => c.json(view(requireRun(idParameter("run_id", c.req.query("run_id"))))))
    .get("/runs/list", (c) => {
      const { job_id, limit, page_token } = c.req.query();
      const of = job_id === undefined ? undefined : idParameter("job_id", job_id);
      const activeOnly = booleanParameter("active_only", c.req.query("active_only"));
      const completedOnly = booleanParameter("completed_only", c.req.query("completed_only"));
      const matching = records.runs
        .entries()
        .map(({ value }) => value)
        .filter(({ jobId, result }) => {
          if (of !== undefined && jobId !== of) return false;
          return (!activeOnly || result === undefined) && (!completedOnly || result !== undefined);
        })
        .reverse()
        .map((value, place) => ({ place, value }));
      const page = pageOf(matching, { page_size: limit, page_token });
      const { nextPageToken: next_page_token } = page;
      const shown = { runs: page.items.map(view), has_more: next_page_token !== undefined };
      return c.json(withoutUndefined({ ...shown, next_page_token }));
    })
    .post("/runs/cancel", async (c) => {
      const run = requireRun(readRunId(await readJson(c)));
      requireOwn(run.jobId, c.get("identity"));
      jobs.cancel(run);
      return c.json({});
    });
}
