// Which instance a place in the program stands for, as a resource: refuses to exchange it silently, and its deletion
// waits until the service has let go of the name.
import { randomUUID } from "node:crypto";
import { checkInstanceName, type Problem } from "../rules/index.ts";
import { findWorkspaceHost, openWorkspace, orNothing, waitUntilGone } from "../workspace/index.ts";
import { toFailure } from "./connectivity.ts";
import {
  changedKeys,
  type DynamicProvider,
  isKnown,
  reasonOf,
  type StackConfiguration,
  UserMistake,
  type WorkspaceInputs,
  workspaceSettings,
} from "./dynamic.ts";
import type { OpenWorkspace } from "./power.ts";

/** What makes a database that database. */
export interface IdentityInputs extends WorkspaceInputs {
  instanceName: string;
  /** What the instance is a clone of, in words. */
  parent?: string;
  /** Name of the instance that may be replaced, and its data lost. */
  allowReplacementOf?: string;
  /** Whether an existing instance is taken under management: it must exist then. */
  adoptExisting?: boolean;
}

/** What is recorded, so that another workspace is noticed. */
export interface IdentityOutputs extends IdentityInputs {
  /** Address of the workspace that the instance was made in. */
  seenHost: string;
  /** The id of that workspace; empty where it does not say it. */
  workspaceId: string;
}

const identityKeys: readonly (keyof IdentityInputs)[] = ["instanceName", "parent"];
const deletionDeadlineMs = 1_200_000;

/** The provider of InstanceIdentity. */
export function identity(
  configuration: StackConfiguration | undefined,
  open: OpenWorkspace = openWorkspace,
  findHost: typeof findWorkspaceHost = findWorkspaceHost,
): DynamicProvider<IdentityInputs, IdentityOutputs> {
  const whereabouts = async (inputs: IdentityInputs): Promise<IdentityOutputs> => {
    const workspace = await open(workspaceSettings(configuration, inputs));
    const workspaceId = (await workspace.workspaceId()) ?? "";
    return { ...inputs, seenHost: workspace.host, workspaceId };
  };
  const recorded = (inputs: IdentityInputs) =>
    whereabouts(inputs).catch((error: unknown) => {
      throw new UserMistake(
        `which workspace instance "${inputs.instanceName}" is for cannot be told: ${reasonOf(error)}`,
      );
    });
  // The engine's own import of a name that does not exist succeeds, and leaves an entry without any content.
  const checkExistence = async (inputs: IdentityInputs): Promise<Problem[]> => {
    const { instanceName } = inputs;
    const workspace = await open(workspaceSettings(configuration, inputs));
    const found = await orNothing(workspace.getInstance(instanceName)).catch((error: unknown) => {
      throw new UserMistake(`whether instance "${instanceName}" exists cannot be told: ${reasonOf(error)}`);
    });
    return found === undefined ? [missingInstance(workspace.host, instanceName)] : [];
  };
  /** Where the stack points to now, when that is another workspace than the recorded one. */
  const movedTo = async (olds: IdentityOutputs, news: IdentityInputs) => {
    const host = await findHost(workspaceSettings(configuration, news));
    if (host === undefined || olds.seenHost === undefined || host === olds.seenHost) return undefined;
    const now = await whereabouts(news).catch((error: unknown) => {
      throw new UserMistake(
        `whether ${host} is the workspace of instance "${olds.instanceName}" cannot be told: ${reasonOf(error)}`,
      );
    });
    // Several addresses may lead to one workspace; where it does not say which it is, the address is all that tells.
    return now.workspaceId !== "" && now.workspaceId === olds.workspaceId ? undefined : now;
  };
  return {
    async check(_olds, news) {
      const problems = isKnown(news.instanceName) ? checkInstanceName("instanceName", news.instanceName) : [];
      if (problems.length === 0 && news.adoptExisting === true)
        problems.push(...(await checkExistence(news)));
      return { inputs: news, failures: problems.map(toFailure) };
    },
    async diff(_id, olds, news) {
      refuseSilentReplacement(olds, news);
      const moved = await movedTo(olds, news);
      if (moved !== undefined && news.allowReplacementOf !== olds.instanceName)
        refuseAnotherWorkspace(olds, moved);
      const changed = changedKeys<IdentityInputs>(identityKeys, olds, news);
      return { changes: moved !== undefined || changed.length > 0, replaces: [] };
    },
    async create(inputs) {
      return { id: `identity-${randomUUID()}`, outs: await recorded(inputs) };
    },
    async update(_id, _olds, news) {
      return { outs: await recorded(news) };
    },
    async read(id, props) {
      return { id, props };
    },
    async delete(_id, props) {
      const workspace = await open(workspaceSettings(configuration, props));
      const instance = await workspace.getInstance(props.instanceName).catch(() => undefined);
      // Gone, or kept on purpose (retainOnDelete, removed from the state only): there is no deletion to wait for.
      if (instance?.state !== "DELETING") return;
      await waitUntilGone(workspace, props.instanceName, { deadlineMs: deletionDeadlineMs });
    },
  };
}

/**
 * Fails the preview of a change that would give this place in the program another database. The engine asks for
 * the diff in every preview, so nothing has been sent when this is thrown.
 */
function refuseSilentReplacement(olds: IdentityInputs, news: IdentityInputs): void {
  const [change] = changedKeys<IdentityInputs>(["instanceName", "parent"], olds, news);
  if (change === undefined || news.allowReplacementOf === olds.instanceName) return;
  const { instanceName } = olds;
  if (change === "parent" && news.instanceName === instanceName) {
    throw new UserMistake(
      `instance "${instanceName}" would be cut anew from another parent under the same name, which is taken until the old one is deleted with its data` +
        `; fix: give the clone a new name and set allowReplacementOf: "${instanceName}" (given: ${JSON.stringify(news.parent ?? null)}, before: ${JSON.stringify(olds.parent ?? null)})`,
    );
  }
  throw new UserMistake(
    `this change replaces instance "${instanceName}" by ${JSON.stringify(news.instanceName)}: a new, empty database is created and the old one is deleted with its data` +
      `; fix: keep the name; or add a second LakebaseInstance and move the data; or, if the data may be lost, set allowReplacementOf: "${instanceName}"`,
  );
}

function missingInstance(host: string, value: string): Problem {
  return {
    path: "adoptExisting",
    reason: `wants an instance that does not exist in ${host}`,
    value,
    allowed: "the name of an existing instance",
    fix: "correct the name, or leave adoptExisting out to create the instance",
  };
}

/** The official provider would create the instance there and then delete the one here. */
function refuseAnotherWorkspace(olds: IdentityOutputs, moved: IdentityOutputs): never {
  const { instanceName } = olds;
  throw new UserMistake(
    `instance "${instanceName}" is in workspace ${inWords(olds)}, and this stack now points to workspace ${inWords(moved)}: a new, empty database would be created there and the old one deleted with its data` +
      `; fix: point the stack back (pulumi config set databricks:host ${olds.seenHost}); or use a stack of its own for the other workspace (pulumi stack init); or, if the data may be lost, set allowReplacementOf: "${instanceName}"`,
  );
}

function inWords({ workspaceId, seenHost }: IdentityOutputs): string {
  return workspaceId === "" ? seenHost : `${workspaceId} (${seenHost})`;
}
