// Power of an instance as a resource: starts or stops it, and waits until the service has settled.
import { randomUUID } from "node:crypto";
import { checkInstanceName } from "../rules/index.ts";
import type { DatabaseInstance, Workspace } from "../workspace/index.ts";
import { openWorkspace, waitForInstance } from "../workspace/index.ts";
import { toFailure } from "./connectivity.ts";
import {
  changedKeys,
  type DynamicProvider,
  isKnown,
  RecordedFailure,
  reasonOf,
  type StackConfiguration,
  workspaceSettings,
} from "./dynamic.ts";

/** What the instance is meant to be. */
export interface PowerInputs {
  instanceName: string;
  /** true: stopped, it refuses all connections. */
  stopped: boolean;
  /** The service's id of the instance; a new one is another instance under the same name. */
  instanceUid?: string;
  /** Settings whose change restarts the compute, so that it is waited for. */
  settings?: Record<string, unknown>;
  workspaceHost?: string;
  profile?: string;
  /** Seconds to wait for the state. Default 1200. */
  deadlineSeconds?: number;
}

/** What the instance was when it had settled. */
export interface PowerOutputs extends PowerInputs {
  uid: string;
  state: string;
  readWriteDns: string;
  /** Empty without readable secondaries. */
  readOnlyDns: string;
}

/** Opens a workspace; a parameter so that tests can do without one. */
export type OpenWorkspace = typeof openWorkspace;

const inputKeys: readonly (keyof PowerInputs)[] = [
  "instanceName",
  "instanceUid",
  "stopped",
  "settings",
  "workspaceHost",
  "profile",
];
const defaultDeadlineSeconds = 1200;

/** The provider of InstancePower. */
export function power(
  configuration: StackConfiguration | undefined,
  open: OpenWorkspace = openWorkspace,
): DynamicProvider<PowerInputs, PowerOutputs> {
  const workspaceOf = async (inputs: PowerInputs) => await open(workspaceSettings(configuration, inputs));
  const record = async (id: string, inputs: PowerInputs): Promise<PowerOutputs> => {
    try {
      return outputsOf(inputs, await settle(await workspaceOf(inputs), inputs));
    } catch (error) {
      throw new RecordedFailure(id, { ...inputs, ...nothingSeen }, reasonOf(error));
    }
  };
  return {
    async check(_olds, news) {
      const problems = isKnown(news.instanceName) ? checkInstanceName("instanceName", news.instanceName) : [];
      return { inputs: news, failures: problems.map(toFailure) };
    },
    async diff(_id, olds, news) {
      return { changes: changedKeys<PowerInputs>(inputKeys, olds, news).length > 0, replaces: [] };
    },
    async create(inputs) {
      const id = `power-${randomUUID()}`;
      return { id, outs: await record(id, inputs) };
    },
    async update(id, _olds, news) {
      return { outs: await record(id, news) };
    },
    async read(id, props) {
      return { id, props: await look(await workspaceOf(props), props) };
    },
    // The instance itself is another resource's; leaving it as it is loses nothing.
    async delete() {},
  };
}

/** Brings the instance to the wanted state: one request at most, then waiting. */
async function settle(workspace: Workspace, inputs: PowerInputs): Promise<DatabaseInstance> {
  const wanted = inputs.stopped ? "STOPPED" : "AVAILABLE";
  const deadlineMs = (inputs.deadlineSeconds ?? defaultDeadlineSeconds) * 1000;
  // A resize may still be under way: the service takes the next change once it has settled, in either state.
  const settled = await waitForInstance(workspace, inputs.instanceName, {
    states: ["AVAILABLE", "STOPPED"],
    deadlineMs,
  });
  if (settled.state === wanted) return settled;
  await workspace.setInstanceStopped(inputs.instanceName, inputs.stopped);
  return await waitForInstance(workspace, inputs.instanceName, { states: [wanted], deadlineMs });
}

/** A refresh's look. A state in between is not drift: only the two settled ones are compared. */
async function look(workspace: Workspace, recorded: PowerOutputs): Promise<PowerOutputs> {
  const instance = await workspace.getInstance(recorded.instanceName).catch((error: unknown) => {
    // The instance's own resource tells that it is gone, or that the workspace does not answer.
    if ((error as { status?: number }).status === 404) return undefined;
    throw error;
  });
  if (instance === undefined) return recorded;
  if (instance.state !== "AVAILABLE" && instance.state !== "STOPPED") return recorded;
  return { ...outputsOf(recorded, instance), stopped: instance.state === "STOPPED" };
}

const nothingSeen = { uid: "", state: "", readWriteDns: "", readOnlyDns: "" };

function outputsOf(inputs: PowerInputs, instance: DatabaseInstance): PowerOutputs {
  const keys: readonly (keyof PowerInputs)[] = [...inputKeys, "deadlineSeconds"];
  const own = Object.fromEntries(
    keys.filter((key) => inputs[key] !== undefined).map((key) => [key, inputs[key]]),
  );
  return {
    ...(own as unknown as PowerInputs),
    uid: instance.uid,
    state: instance.state,
    readWriteDns: instance.readWriteDns ?? "",
    readOnlyDns: instance.readOnlyDns ?? "",
  };
}
