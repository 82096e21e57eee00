// Any resource of the plugin-framework half, made from its description.

import { backoff } from "../clock.ts";
import { type ApiClient, rest } from "../connection/api-client.ts";
import { isMissing, messageOf } from "../connection/api-error.ts";
import type { Workspace } from "../connection/workspace.ts";
import type { Properties } from "../protocol/values.ts";
import type { Difference, ReadResult, Resource } from "../resource.ts";
import { type CheckFailure, checkInputs, type NamingRequest, withName } from "./check.ts";
import { fromAnswer, inputsOf, keepOwnValues, toBody } from "./convert.ts";
import { type Attributes, allAttributes, type ResourceDescription, type WaitRule } from "./description.ts";
import { makePlan, type Plan } from "./plan.ts";
import { workspaceIdOf } from "./workspace-id.ts";

/** A resource whose whole behaviour follows from its description. */
export class FrameworkResource implements Resource {
  readonly token: string;
  readonly description: ResourceDescription;
  readonly #attributes: Attributes;

  constructor(description: ResourceDescription) {
    this.token = description.token;
    this.description = description;
    this.#attributes = allAttributes(description);
  }

  check(
    inputs: Properties,
    before: Properties,
    naming: NamingRequest,
  ): { inputs: Properties; failures: CheckFailure[] } {
    const named = withName(inputs, before, naming);
    const failures = checkInputs(this.#attributes, named);
    if ((named.name ?? null) === null) {
      failures.push({ property: "name", reason: "automatic naming is disabled and no name is given" });
    }
    return { inputs: named, failures };
  }

  async diff(workspace: Workspace, _id: string, state: Properties, inputs: Properties): Promise<Difference> {
    const { changed, replaces } = await this.#plan(workspace, state, inputs);
    return { changed: changed.length > 0, diffs: changed, replaces };
  }

  async previewCreate(_workspace: Workspace, inputs: Properties): Promise<Properties> {
    return makePlan(this.#attributes, null, inputs).planned;
  }

  async create(workspace: Workspace, inputs: Properties): Promise<{ id: string; properties: Properties }> {
    const { planned } = makePlan(this.#attributes, null, inputs);
    const api = await this.#api(workspace, planned);
    const name = this.description.terraformName;
    const created = await this.#attempt("create", () =>
      api.call({
        method: "POST",
        path: this.description.collection,
        query: createQuery(this.description, planned),
        body: toBody(this.#attributes, planned),
        purpose: `resource/${name}`,
      }),
    );
    const { wait } = this.description;
    const ready = wait ? await this.#wait(workspace, api, String(created.name ?? ""), wait) : created;
    const state = keepOwnValues(this.#attributes, fromAnswer(this.#attributes, ready), planned);
    // A failure here leaves an object the state does not know, as with the official plugin.
    const properties = await this.#withWorkspace(workspace, state);
    return { id: String(planned.name ?? ""), properties };
  }

  async previewUpdate(
    workspace: Workspace,
    _id: string,
    state: Properties,
    inputs: Properties,
  ): Promise<Properties> {
    return (await this.#plan(workspace, state, inputs)).planned;
  }

  async update(
    workspace: Workspace,
    _id: string,
    state: Properties,
    inputs: Properties,
  ): Promise<Properties> {
    const { planned } = await this.#plan(workspace, state, inputs);
    const api = await this.#api(workspace, planned);
    const { updateMask } = this.description;
    const answer = await this.#attempt("update", () =>
      api.call({
        method: "PATCH",
        path: this.#path(String(planned.name ?? "")),
        query: { update_mask: updateMask?.join(",") },
        body: toBody(this.#attributes, planned),
        purpose: `resource/${this.description.terraformName}`,
      }),
    );
    const updated = keepOwnValues(this.#attributes, fromAnswer(this.#attributes, answer), planned);
    return await this.#withWorkspace(workspace, updated);
  }

  async read(
    workspace: Workspace,
    id: string,
    state: Properties,
    inputs: Properties,
  ): Promise<ReadResult | null> {
    const isImport = Object.keys(state).length === 0;
    const api = await this.#api(workspace, state);
    const name = isImport ? id : String(state.name ?? "");
    let answer: Record<string, unknown>;
    try {
      answer = await api.call({
        method: "GET",
        path: this.#path(name),
        purpose: `resource/${this.description.terraformName}`,
      });
    } catch (error) {
      if (!isMissing(error)) throw this.#failure("get", error);
      // The official plugin imports what does not exist: an entry with an id and nothing else.
      return isImport ? { id, properties: {}, inputs: {} } : null;
    }
    const found = keepOwnValues(this.#attributes, fromAnswer(this.#attributes, answer), state);
    const properties = await this.#withWorkspace(workspace, found);
    const known = isImport || Object.keys(inputs).length === 0 ? null : inputs;
    return { id, properties, inputs: inputsOf(this.#attributes, properties, known) };
  }

  async delete(workspace: Workspace, id: string, state: Properties): Promise<void> {
    const api = await this.#api(workspace, state);
    const query: Record<string, boolean> = {};
    for (const [parameter, attribute] of Object.entries(this.description.deleteQuery ?? {})) {
      if (state[attribute] === true) query[parameter] = true;
    }
    try {
      await api.call({
        method: "DELETE",
        path: this.#path(String(state.name ?? id)),
        query,
        purpose: `resource/${this.description.terraformName}`,
      });
    } catch (error) {
      if (!isMissing(error)) throw this.#failure("delete", error);
    }
  }

  /** Plans an update; pointing the stack at another workspace is a replacement. */
  async #plan(workspace: Workspace, state: Properties, inputs: Properties): Promise<Plan> {
    const plan = makePlan(this.#attributes, this.#stateOf(state), inputs);
    const old = workspaceIdOf(state) || workspace.pluginFramework.configuredWorkspaceId;
    const wanted = workspaceIdOf(inputs) || workspace.pluginFramework.configuredWorkspaceId;
    const current = wanted || (await workspace.pluginFramework.currentWorkspaceId().catch(() => ""));
    if (old && !current) {
      throw new Error(
        `Missing workspace_id - resource has provider_config.workspace_id = ${old} in state but no workspace_id is ` +
          "configured. Set workspace_id in the provider configuration or in the resource's provider_config block",
      );
    }
    if (!old || old === current) return plan;
    const planned = { ...plan.planned, providerConfig: { workspaceId: current } };
    const changed = [...new Set([...plan.changed, "providerConfig"])];
    return { planned, changed, replaces: [...new Set([...plan.replaces, "providerConfig"])] };
  }

  #stateOf(state: Properties): Properties {
    return Object.fromEntries(Object.keys(this.#attributes).map((name) => [name, state[name] ?? null]));
  }

  async #withWorkspace(workspace: Workspace, state: Properties): Promise<Properties> {
    if (workspaceIdOf(state)) return state;
    let workspaceId = workspace.pluginFramework.configuredWorkspaceId;
    try {
      workspaceId ||= await workspace.pluginFramework.currentWorkspaceId();
    } catch (error) {
      throw new Error(
        `failed to resolve workspace ID for provider_config state population: ${messageOf(error)}`,
      );
    }
    return { ...state, providerConfig: { workspaceId } };
  }

  async #api(workspace: Workspace, state: Properties): Promise<ApiClient> {
    try {
      return await workspace.pluginFramework.clientFor(workspaceIdOf(state));
    } catch (error) {
      throw new Error(`failed to get workspace client: ${messageOf(error)}`);
    }
  }

  /** Asks at once, then ever less often, until the object is ready; any other state, known or not, keeps it asking. */
  async #wait(
    { clock, signal }: Workspace,
    api: ApiClient,
    name: string,
    rule: WaitRule,
  ): Promise<Record<string, unknown>> {
    const deadline = clock.now() + (rule.limitMinutes ?? Number.POSITIVE_INFINITY) * 60_000;
    const purpose = `resource/${this.description.terraformName} sdk-feature/long-running`;
    try {
      for (let attempts = 1; ; attempts++) {
        const answer = await api.call({ method: "GET", path: this.#path(name), purpose });
        const state = stateIn(answer, rule);
        if (rule.ready.includes(state)) return answer;
        const left = deadline - clock.now();
        const pause = backoff(attempts, clock);
        if (left > 0) await rest(Math.min(pause, left), clock, signal);
        if (pause >= left) throw new Error(`timed out: current status: ${state}`);
      }
    } catch (error) {
      throw new Error(`error waiting for ${rule.what}: ${messageOf(error)}`);
    }
  }

  #path(name: string): string {
    return `${this.description.collection}/${encodeURIComponent(name)}`;
  }

  async #attempt<T>(verb: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw this.#failure(verb, error);
    }
  }

  #failure(verb: string, error: unknown): Error {
    return new Error(`failed to ${verb} ${this.description.terraformName}: ${messageOf(error)}`);
  }
}

/** The parameters of the create request: `false` is sent, what the program leaves out is not. */
function createQuery(description: ResourceDescription, planned: Properties): Record<string, boolean> {
  const query: Record<string, boolean> = {};
  for (const [parameter, attribute] of Object.entries(description.createQuery ?? {})) {
    const value = planned[attribute];
    if (typeof value === "boolean") query[parameter] = value;
  }
  return query;
}

/**
 * The state that a wait looks at. An answer without its surroundings fails: the official plugin dies of a nil pointer
 * there, and to go on asking would be a wait without end.
 */
function stateIn(answer: Record<string, unknown>, { field, ready, failed = [] }: WaitRule): string {
  let holder: Record<string, unknown> = answer;
  for (const name of field.slice(0, -1)) {
    const inner = holder[name];
    if (typeof inner !== "object" || inner === null) throw new Error(`the answer has no ${name}`);
    holder = inner as Record<string, unknown>;
  }
  const state = String(holder[field.at(-1)!] ?? "");
  if (!failed.includes(state)) return state;
  throw new Error(`failed to reach ${ready.join(" or ")}, got ${state}: ${String(holder.message ?? "")}`);
}
