// Permissions on a workspace object: served, as jobs are, from the official plugin's SDKv2 half, with that half's ways:
// detailed diffs, no unknowns in updates, and a failed read-back keeps the resource.

import type { ApiClient } from "../connection/api-client.ts";
import { isMissing, messageOf } from "../connection/api-error.ts";
import type { Workspace } from "../connection/workspace.ts";
import { type CheckFailure, checkInputs, type NamingRequest } from "../framework/check.ts";
import { workspaceIdOf } from "../framework/workspace-id.ts";
import { type Properties, sameValue, UNKNOWN } from "../protocol/values.ts";
import {
  type ChangeKind,
  type Difference,
  PartialFailure,
  type ReadResult,
  type Resource,
} from "../resource.ts";
import { type AccessEntry, fromList, isAbout, toEntries, toProperty, toRequest } from "./access-list.ts";
import {
  checkLevels,
  diffEntries,
  KINDS,
  kindOf,
  type ObjectKind,
  PERMISSIONS_ATTRIBUTES,
  pathOf,
} from "./permission-objects.ts";

/** `databricks.Permissions` for database instances, database projects and apps. */
export class PermissionsResource implements Resource {
  readonly token = "databricks:index/permissions:Permissions";

  check(
    inputs: Properties,
    _before: Properties,
    _naming: NamingRequest,
  ): { inputs: Properties; failures: CheckFailure[] } {
    const failures = checkInputs(PERMISSIONS_ATTRIBUTES, inputs);
    const { accessControls } = inputs;
    if (Array.isArray(accessControls) && accessControls.length === 0) {
      failures.push({
        property: "accessControls",
        reason:
          "Not enough list items: Attribute access_control requires 1 item minimum, but config has only 0 declared",
      });
    }
    const named = KINDS.filter(({ property }) => (inputs[property] ?? null) !== null);
    if (named.length > 1) {
      const names = named.map(({ property }) => property).join(", ");
      failures.push({ property: named[1]!.property, reason: `only one of ${names} can be given` });
    }
    if (named.length === 0) {
      const names = KINDS.map(({ property }) => property).join(", ");
      failures.push({ property: "", reason: `one of ${names} must be given` });
    }
    return { inputs, failures };
  }

  async diff(workspace: Workspace, _id: string, state: Properties, inputs: Properties): Promise<Difference> {
    const detailed: Record<string, ChangeKind> = diffEntries(state, inputs);
    const replaces: string[] = [];
    for (const { property } of KINDS) {
      if (sameValue(state[property], inputs[property])) continue;
      detailed[property] = (state[property] ?? null) === null ? "add-replace" : "update-replace";
      replaces.push(property);
    }
    const old = workspaceIdOf(state);
    if (old && old !== (await this.#wantedWorkspace(workspace, old, inputs))) {
      detailed["providerConfig.workspaceId"] = "update-replace";
      replaces.push("providerConfig");
    }
    checkLevels(inputs);
    const diffs = [...new Set(Object.keys(detailed).map((path) => path.split(/[.[]/, 1)[0]!))];
    return { changed: diffs.length > 0, diffs, replaces, detailed };
  }

  async previewCreate(_workspace: Workspace, inputs: Properties): Promise<Properties> {
    checkLevels(inputs);
    return planned(inputs, { objectType: UNKNOWN, providerConfig: UNKNOWN });
  }

  async create(workspace: Workspace, inputs: Properties): Promise<{ id: string; properties: Properties }> {
    const kind = kindOf(inputs);
    const id = `/${kind.segment}/${inputs[kind.property] as string}`;
    const session = await this.#session(workspace, workspaceIdOf(inputs));
    try {
      await put(session, id, kind, toEntries(inputs.accessControls));
    } catch (error) {
      throw failure("create", error);
    }
    return { id, properties: await this.#readBack(workspace, session, id, inputs) };
  }

  async previewUpdate(
    _workspace: Workspace,
    _id: string,
    state: Properties,
    inputs: Properties,
  ): Promise<Properties> {
    checkLevels(inputs);
    return planned(inputs, state);
  }

  async update(workspace: Workspace, id: string, state: Properties, inputs: Properties): Promise<Properties> {
    const kind = kindOf(inputs);
    try {
      await put(
        await this.#session(workspace, workspaceIdOf(state)),
        id,
        kind,
        toEntries(inputs.accessControls),
      );
    } catch (error) {
      throw failure("update", error);
    }
    const again = await this.#session(workspace, workspaceIdOf(state));
    return await this.#readBack(workspace, again, id, planned(inputs, state));
  }

  async read(
    workspace: Workspace,
    id: string,
    state: Properties,
    inputs: Properties,
  ): Promise<ReadResult | null> {
    let properties = await this.#readOnce(workspace, id, state);
    // The official plugin's importer reads, and then the import itself does.
    if (properties && Object.keys(state).length === 0)
      properties = await this.#readOnce(workspace, id, properties);
    if (!properties) return null;
    const names = ["accessControls", "providerConfig", ...KINDS.map(({ property }) => property)];
    const wanted = Object.keys(inputs).length > 0 ? Object.keys(inputs) : names;
    const found = wanted.filter((name) => (properties[name] ?? null) !== null);
    return { id, properties, inputs: Object.fromEntries(found.map((name) => [name, properties[name]!])) };
  }

  async delete(workspace: Workspace, id: string, state: Properties): Promise<void> {
    const session = await this.#session(workspace, workspaceIdOf(state));
    try {
      await session.api.call({ method: "GET", path: pathOf(id), purpose: PURPOSE });
      await session.api.call({
        method: "PUT",
        path: pathOf(id),
        body: toRequest([], await session.caller()),
        purpose: PURPOSE,
      });
    } catch (error) {
      if (!isMissing(error)) throw failure("delete", error);
    }
  }

  async #readOnce(workspace: Workspace, id: string, state: Properties): Promise<Properties | null> {
    try {
      return await this.#current(workspace, await this.#session(workspace, workspaceIdOf(state)), id, state);
    } catch (error) {
      if (isMissing(error)) return null;
      throw failure("read", error);
    }
  }

  async #wantedWorkspace({ sdkV2 }: Workspace, old: string, inputs: Properties): Promise<string> {
    const wanted = workspaceIdOf(inputs) || sdkV2.configuredWorkspaceId;
    if (wanted) return wanted;
    return await sdkV2.currentWorkspaceId().catch(() => {
      throw new Error(
        `resource has provider_config.workspace_id = "${old}" in state, but managing workspace-level resources ` +
          "requires a workspace_id and none was found in the resource's provider_config block or the provider's " +
          "workspace_id attribute",
      );
    });
  }

  /** Reads back what was just written; when that fails the resource exists all the same. */
  async #readBack(
    workspace: Workspace,
    session: Session,
    id: string,
    inputs: Properties,
  ): Promise<Properties> {
    try {
      const properties = await this.#current(workspace, session, id, inputs);
      if (properties) return properties;
      throw new Error(`${id} has no permissions after they were set`);
    } catch (error) {
      throw new PartialFailure(failure("read", error).message, id, { ...planned(inputs, {}), id });
    }
  }

  async #current(
    workspace: Workspace,
    session: Session,
    id: string,
    known: Properties,
  ): Promise<Properties | null> {
    const kind = KINDS.find(({ segment }) => id.startsWith(`/${segment}/`));
    if (!kind) throw new Error(`resource type for ${id} not found`);
    const caller = await session.caller();
    const answer = await session.api.call({ method: "GET", path: pathOf(id), purpose: PURPOSE });
    if (answer.object_type !== kind.segment) {
      throw new Error(`expected object type ${kind.segment}, got ${String(answer.object_type ?? "")}`);
    }
    const callerListed = toEntries(known.accessControls).some((entry) => isAbout(entry, caller));
    const entries = fromList(answer.access_control_list, caller, callerListed);
    if (entries.length === 0) return null;
    const workspaceId = workspaceIdOf(known) || (await workspace.sdkV2.currentWorkspaceId());
    return {
      accessControls: toProperty(entries),
      id,
      objectType: kind.segment,
      [kind.property]: id.slice(kind.segment.length + 2),
      providerConfig: { workspaceId },
    };
  }

  async #session(workspace: Workspace, workspaceId: string): Promise<Session> {
    const half = workspace.sdkV2;
    const api = await half.clientFor(workspaceId);
    // The official plugin remembers who it is in the client it uses without a workspace id, and asks anew otherwise.
    const ask = async () => {
      const path = "/api/2.0/preview/scim/v2/Me";
      const me = await api.call({
        method: "GET",
        path,
        query: { excludedAttributes: "entitlements" },
        purpose: PURPOSE,
      });
      return String(me.userName ?? "");
    };
    if (!workspaceId && !half.configuredWorkspaceId)
      return { api, caller: () => half.remember("caller", ask) };
    let caller: Promise<string> | undefined;
    return {
      api,
      caller: () => {
        caller ??= ask();
        return caller;
      },
    };
  }
}

interface Session {
  api: ApiClient;
  /** User name of who calls; asked once. */
  caller(): Promise<string>;
}

const PURPOSE = "resource/permissions";

async function put(session: Session, id: string, kind: ObjectKind, entries: AccessEntry[]): Promise<void> {
  const caller = await session.caller();
  for (const entry of entries) {
    if (entry.groupName === "admins") {
      throw new Error(`it is not possible to modify admin permissions for ${kind.segment} resources`);
    }
    if (isAbout(entry, caller) && entry.permissionLevel !== "CAN_MANAGE") {
      const what = `cannot remove management permissions for the current user for ${kind.segment}`;
      throw new Error(`${what}, allowed levels: CAN_MANAGE`);
    }
  }
  await session.api.call({
    method: "PUT",
    path: pathOf(id),
    body: toRequest(entries, caller),
    purpose: PURPOSE,
  });
}

function planned(inputs: Properties, known: Properties): Properties {
  return { ...known, ...inputs };
}

function failure(verb: string, error: unknown): Error {
  return new Error(`cannot ${verb} permissions: ${messageOf(error)}`);
}
