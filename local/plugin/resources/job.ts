// Jobs: served from the SDKv2 half, with that half's ways: detailed diffs, no unknowns in updates, and a read after
// each change.

import type { ApiClient } from "../connection/api-client.ts";
import { isMissing, messageOf } from "../connection/api-error.ts";
import type { Workspace } from "../connection/workspace.ts";
import { type CheckFailure, checkInputs, type NamingRequest, withName } from "../framework/check.ts";
import { fromAnswer, inputsOf, toBody } from "../framework/convert.ts";
import { type Attribute, type Attributes, isComputed, isInput } from "../framework/description.ts";
import { workspaceIdOf } from "../framework/workspace-id.ts";
import { isObject, type Properties, sameValue, UNKNOWN, type Value } from "../protocol/values.ts";
import {
  type ChangeKind,
  type Difference,
  PartialFailure,
  type ReadResult,
  type Resource,
} from "../resource.ts";
import { JOB_ATTRIBUTES } from "./job-attributes.ts";

const PURPOSE = "resource/job";
const API = "/api/2.2/jobs";

/** `databricks.Job` with pipeline tasks. */
export class JobResource implements Resource {
  readonly token = "databricks:index/job:Job";

  check(
    inputs: Properties,
    before: Properties,
    naming: NamingRequest,
  ): { inputs: Properties; failures: CheckFailure[] } {
    const named = withName(inputs, before, naming);
    return { inputs: named, failures: checkInputs(JOB_ATTRIBUTES, named) };
  }

  async diff(workspace: Workspace, _id: string, state: Properties, inputs: Properties): Promise<Difference> {
    const detailed: Record<string, ChangeKind> = {};
    compareObjects(JOB_ATTRIBUTES, sorted(state), sorted(inputs), "", detailed);
    const replaces: string[] = [];
    const old = workspaceIdOf(state);
    if (old && old !== (await wantedWorkspace(workspace, inputs))) {
      detailed["providerConfig.workspaceId"] = "update-replace";
      replaces.push("providerConfig");
    }
    const diffs = [...new Set(Object.keys(detailed).map((path) => path.split(/[.[]/, 1)[0] ?? path))];
    return { changed: diffs.length > 0, diffs, replaces, detailed };
  }

  async previewCreate(_workspace: Workspace, inputs: Properties): Promise<Properties> {
    return { ...unknownOutputs, ...inputs };
  }

  async create(workspace: Workspace, inputs: Properties): Promise<{ id: string; properties: Properties }> {
    const api = await workspace.sdkV2.clientFor(workspaceIdOf(inputs));
    const body = toBody(JOB_ATTRIBUTES, inputs);
    const { job_id } = await attempt("create", () =>
      api.call({ method: "POST", path: `${API}/create`, body, purpose: PURPOSE }),
    );
    const id = String(job_id);
    return { id, properties: await readBack(workspace, api, id, inputs) };
  }

  async previewUpdate(
    _workspace: Workspace,
    _id: string,
    state: Properties,
    inputs: Properties,
  ): Promise<Properties> {
    return { ...state, ...inputs };
  }

  async update(workspace: Workspace, id: string, state: Properties, inputs: Properties): Promise<Properties> {
    const api = await workspace.sdkV2.clientFor(workspaceIdOf(state));
    const body = { job_id: Number(id), new_settings: toBody(JOB_ATTRIBUTES, inputs) };
    await attempt("update", () => api.call({ method: "POST", path: `${API}/reset`, body, purpose: PURPOSE }));
    return readBack(workspace, api, id, { ...inputs, providerConfig: state.providerConfig ?? null });
  }

  async read(
    workspace: Workspace,
    id: string,
    state: Properties,
    inputs: Properties,
  ): Promise<ReadResult | null> {
    const isImport = Object.keys(state).length === 0;
    const api = await workspace.sdkV2.clientFor(workspaceIdOf(state));
    const properties = await current(workspace, api, id, state);
    if (!properties) return null;
    return { id, properties, inputs: inputsOf(JOB_ATTRIBUTES, properties, isImport ? null : inputs) };
  }

  async delete(workspace: Workspace, id: string, state: Properties): Promise<void> {
    const api = await workspace.sdkV2.clientFor(workspaceIdOf(state));
    const body = { job_id: Number(id) };
    try {
      await api.call({ method: "POST", path: `${API}/delete`, body, purpose: PURPOSE });
    } catch (error) {
      if (!isGone(error)) throw failure("delete", error);
    }
  }
}

const unknownOutputs: Properties = { format: UNKNOWN, providerConfig: UNKNOWN, url: UNKNOWN };

/** The state at the service; null when the job is gone. */
async function current(
  workspace: Workspace,
  api: ApiClient,
  id: string,
  known: Properties,
): Promise<Properties | null> {
  let answer: Record<string, unknown>;
  try {
    answer = await api.call({
      method: "GET",
      path: `${API}/get`,
      query: { job_id: Number(id) },
      purpose: PURPOSE,
    });
  } catch (error) {
    if (isGone(error)) return null;
    throw failure("read", error);
  }
  const settings = (answer.settings ?? {}) as Record<string, unknown>;
  const workspaceId = workspaceIdOf(known) || (await workspace.sdkV2.currentWorkspaceId());
  return {
    ...fromAnswer(JOB_ATTRIBUTES, settings),
    id,
    url: `${api.host}/#job/${id}`,
    providerConfig: { workspaceId },
  };
}

/** Reads what was just written; when that fails the job exists all the same. */
async function readBack(
  workspace: Workspace,
  api: ApiClient,
  id: string,
  inputs: Properties,
): Promise<Properties> {
  try {
    const properties = await current(workspace, api, id, inputs);
    if (properties) return properties;
    throw new Error(`cannot read job: job ${id} does not exist after it was written`);
  } catch (error) {
    throw new PartialFailure(messageOf(error), id, { ...inputs, id });
  }
}

/** How the program's values differ from the state's. What it leaves to the service is the same, whatever it is. */
function compareObjects(
  attributes: Attributes,
  before: Properties,
  after: Properties,
  path: string,
  changes: Record<string, ChangeKind>,
): void {
  for (const [name, attribute] of Object.entries(attributes)) {
    if (attribute.local || !isInput(attribute)) continue;
    compare(attribute, before[name] ?? null, after[name] ?? null, path + name, changes);
  }
}

function compare(
  attribute: Attribute,
  before: Value,
  after: Value,
  path: string,
  changes: Record<string, ChangeKind>,
): void {
  if (after === null && (isComputed(attribute) || before === false)) return;
  if (sameValue(before, after) || (before === null && after === false)) return;
  const { type } = attribute;
  if (before === null || after === null) changes[path] = before === null ? "add" : "delete";
  else if (typeof type !== "string" && "object" in type && isObject(before) && isObject(after)) {
    compareObjects(type.object, before, after, `${path}.`, changes);
  } else if (typeof type !== "string" && "list" in type && Array.isArray(before) && Array.isArray(after)) {
    const item: Attribute = { type: type.list, given: "optional" };
    for (let at = 0; at < Math.max(before.length, after.length); at++) {
      compare(item, before[at] ?? null, after[at] ?? null, `${path}[${at}]`, changes);
    }
  } else changes[path] = "update";
}

/** Tasks are the same in any order. */
function sorted(properties: Properties): Properties {
  const { tasks } = properties;
  if (!Array.isArray(tasks)) return properties;
  const keyOf = (task: Value): string => (isObject(task) ? String(task.taskKey) : "");
  return { ...properties, tasks: [...tasks].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)) };
}

async function wantedWorkspace({ sdkV2 }: Workspace, inputs: Properties): Promise<string> {
  return workspaceIdOf(inputs) || sdkV2.configuredWorkspaceId || (await sdkV2.currentWorkspaceId());
}

/** The service answers 400 for a job that does not exist. */
function isGone(error: unknown): boolean {
  return isMissing(error) || /^Job \d+ does not exist/.test(messageOf(error));
}

async function attempt<T>(verb: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw failure(verb, error);
  }
}

function failure(verb: string, error: unknown): Error {
  return new Error(`cannot ${verb} job: ${messageOf(error)}`);
}
