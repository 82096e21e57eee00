// Pipelines, as far as synced tables have them: /api/2.0/pipelines
import { Hono } from "hono";
import { finalStates, type PipelineRecord, type UpdateRecord } from "../sync/index.ts";
import { type Env, pathParameter, readJson, type Workspace } from "./context.ts";
import { ApiError, invalidParameter, notFound } from "./errors.ts";
import { withoutUndefined } from "./instance-record.ts";
import { pageOf } from "./paging.ts";
import { accept, flag, list, object, text } from "./validation.ts";

interface StartRequest {
  full_refresh?: boolean;
  refresh_selection?: string[];
  full_refresh_selection?: string[];
  cause?: string;
}

const startFields = {
  full_refresh: flag,
  refresh_selection: list(text()),
  full_refresh_selection: list(text()),
  validate_only: flag,
  cause: text(),
};

/** Updates shown with a pipeline. */
const latestUpdates = 5;

/** The routes of pipelines, relative to /api/2.0/pipelines. */
export function pipelineRoutes({ sync }: Workspace): Hono<Env> {
  const { records } = sync;
  const requirePipeline = (id: string): PipelineRecord => {
    const pipeline = records.pipelines.get(id);
    if (!pipeline)
      throw new ApiError(404, "RESOURCE_DOES_NOT_EXIST", `The specified pipeline ${id} was not found.`);
    return pipeline;
  };
  const newestFirst = (id: string): UpdateRecord[] => records.updatesOf(id).reverse();

  return new Hono<Env>()
    .get("/", (c) => {
      const { max_results, page_token } = c.req.query();
      const page = pageOf(records.pipelines.entries(), { page_size: max_results, page_token });
      const statuses = page.items.map((item) => viewSummary(item, newestFirst(item.id)));
      return c.json(withoutUndefined({ statuses, next_page_token: page.nextPageToken }));
    })
    .get("/:id", (c) => {
      const pipeline = requirePipeline(pathParameter(c, "id"));
      return c.json(viewPipeline(pipeline, newestFirst(pipeline.id)));
    })
    .post("/:id/updates", async (c) => {
      const pipeline = requirePipeline(pathParameter(c, "id"));
      const request = accept<StartRequest>(await readJson(c), object(startFields));
      const active = records.activeUpdate(pipeline.id);
      if (active) {
        throw new ApiError(
          409,
          "RESOURCE_CONFLICT",
          `An active update ${active.id} already exists for pipeline ${pipeline.id}.`,
        );
      }
      const update = sync.startUpdate(pipeline, { cause: "API_CALL", ...selectionOf(pipeline, request) });
      return c.json({ update_id: update.id });
    })
    .get("/:id/updates", (c) => {
      const pipeline = requirePipeline(pathParameter(c, "id"));
      const entries = newestFirst(pipeline.id).map((value, place) => ({ place, value }));
      const { max_results, page_token } = c.req.query();
      const page = pageOf(entries, { page_size: max_results, page_token });
      const updates = page.items.map(viewUpdate);
      return c.json(withoutUndefined({ updates, next_page_token: page.nextPageToken }));
    })
    .get("/:id/updates/:update", (c) => {
      const pipeline = requirePipeline(pathParameter(c, "id"));
      const update = records.updates.get(pathParameter(c, "update"));
      if (update?.pipelineId !== pipeline.id)
        throw notFound(`Update ${pathParameter(c, "update")} was not found.`);
      return c.json({ update: viewUpdate(update) });
    })
    .post("/:id/stop", (c) => {
      sync.stop(requirePipeline(pathParameter(c, "id")));
      return c.json({});
    });

  /** Tables are named in full, or by their last part. */
  function selectionOf(
    { id }: PipelineRecord,
    { full_refresh = false, refresh_selection = [], full_refresh_selection = [] }: StartRequest,
  ): Pick<UpdateRecord, "tables" | "fullRefresh"> {
    const present = records.tablesOf(id).map((table) => table.name);
    const resolve = (names: readonly string[]): string[] =>
      names.map((name) => {
        const found = present.find((table) => table === name || table.endsWith(`.${name}`));
        if (found === undefined) {
          throw invalidParameter(
            `pipeline ${id} has no table ${JSON.stringify(name)}; it has ${present.join(", ")}`,
          );
        }
        return found;
      });
    const full = resolve(full_refresh_selection);
    const selected = [...new Set([...resolve(refresh_selection), ...full])];
    return {
      fullRefresh: full.length > 0 ? full : full_refresh,
      ...(selected.length > 0 ? { tables: selected } : {}),
    };
  }
}

function stateOf(updates: readonly UpdateRecord[]): string {
  const active = updates.findLast((update) => !finalStates.includes(update.state));
  if (active) return active.state === "STOPPING" ? "STOPPING" : "RUNNING";
  return updates[0]?.state === "FAILED" ? "FAILED" : "IDLE";
}

function viewSummary(pipeline: PipelineRecord, updates: readonly UpdateRecord[]): object {
  const { id, name, creator } = pipeline;
  return {
    pipeline_id: id,
    name,
    state: stateOf(updates),
    health: updates[0]?.message === undefined ? "HEALTHY" : "UNHEALTHY",
    creator_user_name: creator,
    run_as_user_name: creator,
    latest_updates: updates.slice(0, latestUpdates).map(({ id: update_id, state, createdAt }) => ({
      update_id,
      state,
      creation_time: new Date(createdAt).toISOString(),
    })),
  };
}

function viewPipeline(pipeline: PipelineRecord, updates: readonly UpdateRecord[]): object {
  const { id, name, policy, creator, createdAt, storageCatalog, storageSchema, budgetPolicyId } = pipeline;
  return withoutUndefined({
    ...viewSummary(pipeline, updates),
    cause: updates[0]?.message,
    last_modified: createdAt,
    effective_budget_policy_id: budgetPolicyId,
    spec: withoutUndefined({
      id,
      name,
      catalog: storageCatalog,
      schema: storageSchema,
      continuous: policy === "CONTINUOUS",
      serverless: true,
      budget_policy_id: budgetPolicyId,
    }),
    creator_user_name: creator,
  });
}

function viewUpdate({ id, pipelineId, state, cause, createdAt, tables, fullRefresh }: UpdateRecord): object {
  return withoutUndefined({
    update_id: id,
    pipeline_id: pipelineId,
    state,
    cause,
    creation_time: createdAt,
    full_refresh: fullRefresh === true,
    refresh_selection: tables,
    full_refresh_selection: Array.isArray(fullRefresh) ? fullRefresh : undefined,
  });
}
