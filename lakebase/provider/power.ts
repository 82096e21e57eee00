// Power of an instance as a resource: starts or stops it, sees that its settings are in force, and waits until the
// service has settled.
import { randomUUID } from "node:crypto";
import { checkInstanceName } from "../rules/index.ts";
import type { DatabaseInstance, Workspace } from "../workspace/index.ts";
import { openWorkspace, orNothing, waitForInstance } from "../workspace/index.ts";
import { toFailure } from "./connectivity.ts";
import {
  changedKeys,
  type DynamicProvider,
  isKnown,
  RecordedFailure,
  reasonOf,
  type StackConfiguration,
  UserMistake,
  type WorkspaceInputs,
  workspaceSettings,
} from "./dynamic.ts";
import { missingSettings, type SettingsInputs, settingsInForce } from "./settings.ts";

/** What the instance is meant to be. */
export interface PowerInputs extends WorkspaceInputs {
  instanceName: string;
  /** true: stopped, it refuses all connections. */
  stopped: boolean;
  /** The service's id of the instance; a new one is another instance under the same name. */
  instanceUid?: string;
  /** Settings that are to be in force: what the official provider did not bring about is sent, and waited for. */
  settings?: SettingsInputs;
  /** true: only starts; another resource stops the instance, after everything that needs it running. */
  startOnly?: boolean;
  /** What needs the instance running when it is made or changed: what it is, and its definition in words. */
  needsRunning?: Record<string, string>;
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
  "startOnly",
  "needsRunning",
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
  const record = async (id: string, inputs: PowerInputs, stopped: boolean): Promise<PowerOutputs> => {
    try {
      return outputsOf(inputs, await settle(await workspaceOf(inputs), inputs, stopped));
    } catch (error) {
      const failure = `power and settings of instance "${inputs.instanceName}": ${reasonOf(error)}`;
      throw new RecordedFailure(id, { ...inputs, ...nothingSeen }, failure);
    }
  };
  return {
    async check(_olds, news) {
      const problems = isKnown(news.instanceName) ? checkInstanceName("instanceName", news.instanceName) : [];
      return { inputs: news, failures: problems.map(toFailure) };
    },
    async diff(_id, olds, news) {
      refuseForgottenUsagePolicy(olds, news);
      const waiting = needsStart(olds, news);
      if (waiting.length > 0 && (await isStopped(() => workspaceOf(news), news))) refuse(news, waiting);
      return { changes: changedKeys<PowerInputs>(inputKeys, olds, news).length > 0, replaces: [] };
    },
    async create(inputs) {
      const id = `power-${randomUUID()}`;
      // What is made along with it finds the instance running, even where it ends up stopped.
      const startFirst = inputs.startOnly === true && Object.keys(inputs.needsRunning ?? {}).length > 0;
      return { id, outs: await record(id, inputs, inputs.stopped && !startFirst) };
    },
    async update(id, _olds, news) {
      return { outs: await record(id, news, news.stopped) };
    },
    async read(id, props) {
      return { id, props: await look(await workspaceOf(props), props) };
    },
    // The instance itself is another resource's; leaving it as it is loses nothing.
    async delete() {},
  };
}

/** Brings the instance to the wanted state: one request for settings and one for power at most, each waited for. */
async function settle(
  workspace: Workspace,
  inputs: PowerInputs,
  stopped: boolean,
): Promise<DatabaseInstance> {
  const { instanceName } = inputs;
  const deadlineMs = (inputs.deadlineSeconds ?? defaultDeadlineSeconds) * 1000;
  const wait = (...states: string[]) => waitForInstance(workspace, instanceName, { states, deadlineMs });
  // A resize may still be under way: the service takes the next change once it has settled, in either state.
  let settled = await wait("AVAILABLE", "STOPPED");
  refuseAnother(workspace, inputs, settled);
  const missing = missingSettings(inputs.settings ?? {}, settled);
  if (Object.keys(missing).length > 0) {
    await workspace.updateInstance(instanceName, missing);
    settled = await wait("AVAILABLE", "STOPPED");
  }
  const wanted = stopped ? "STOPPED" : "AVAILABLE";
  if (settled.state === wanted || (stopped && inputs.startOnly === true)) return settled;
  await workspace.setInstanceStopped(instanceName, stopped);
  return await wait(wanted);
}

/**
 * A change is for the instance that was declared, and for no other one of its name: one in the stack's own workspace,
 * where the program has given the instance a provider of another one, or one that somebody has made since.
 */
function refuseAnother(
  { host }: Workspace,
  { instanceName, instanceUid = "" }: PowerInputs,
  { uid }: DatabaseInstance,
) {
  if (instanceUid === "" || uid === "" || uid === instanceUid) return;
  throw new Error(
    `${host} has another instance of that name (id ${uid}, declared is ${instanceUid}), and nothing was sent to it` +
      `; fix: point databricks:host of the stack to the workspace of "${instanceName}", which has to be that of its provider; or, if somebody has made it anew, \`pulumi up --refresh\``,
  );
}

/** A refresh's look. A state in between is not drift: only the two settled ones are compared. */
async function look(workspace: Workspace, recorded: PowerOutputs): Promise<PowerOutputs> {
  const instance = await orNothing(workspace.getInstance(recorded.instanceName));
  // The instance's own resource tells that it is gone.
  if (instance === undefined) return recorded;
  if (instance.state !== "AVAILABLE" && instance.state !== "STOPPED") return recorded;
  return {
    ...outputsOf(recorded, instance),
    stopped: instance.state === "STOPPED",
    ...(recorded.settings === undefined ? {} : { settings: settingsInForce(recorded.settings, instance) }),
  };
}

/** What is new or changed although the instance is stopped and is to stay so. */
function needsStart(olds: PowerOutputs, news: PowerInputs): string[] {
  if (!olds.stopped || news.stopped !== true) return [];
  const before = olds.needsRunning ?? {};
  return Object.entries(news.needsRunning ?? {})
    .filter(([what, definition]) => isKnown(definition) && before[what] !== definition)
    .map(([what, definition]) => `${what} (${describeChange(before[what], definition)})`);
}

function describeChange(before: string | undefined, definition: string): string {
  return before === undefined ? definition : `${before} → ${definition}`;
}

/** The record may be older than the instance: a deployment that failed half-way has left it running. */
async function isStopped(
  workspaceOf: () => Promise<Workspace>,
  { instanceName }: PowerInputs,
): Promise<boolean> {
  try {
    return (await (await workspaceOf()).getInstance(instanceName)).state === "STOPPED";
  } catch {
    // Without an answer the record is all that there is to go by.
    return true;
  }
}

/** Fails the preview, so that nothing has been sent. */
function refuse({ instanceName }: PowerInputs, waiting: readonly string[]): never {
  throw new UserMistake(
    `instance "${instanceName}" is stopped and stays stopped, and this needs it running: ${waiting.join("; ")}` +
      `; fix: set stopped: false for this \`pulumi up\`, and stopped: true again afterwards`,
  );
}

/** The provider keeps a policy that is no longer given, and the service knows no word for none. */
function refuseForgottenUsagePolicy(olds: PowerOutputs, news: PowerInputs): void {
  const before = olds.settings?.usagePolicyId;
  if (before === undefined || news.settings === undefined || !isKnown(news.settings)) return;
  if (news.settings.usagePolicyId !== undefined) return;
  throw new UserMistake(
    `usagePolicyId of instance "${news.instanceName}" is removed from the program, which cannot take the policy off the instance` +
      ` (given: null, before: ${JSON.stringify(before)}); fix: give the id of the policy that is wanted instead`,
  );
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
