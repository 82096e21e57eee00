// The work behind the access resource: connect with a fresh credential, change or compare, and let go.
import type { Client } from "pg";
import {
  type AccessRecord,
  applyAccess,
  type DesiredPrincipal,
  describeDrift,
  inspectAccess,
  keyOf,
  nothingRecorded,
  ungroupGrants,
} from "../access/index.ts";
import { ConnectionProblem, connect as connectForReal } from "../connection/index.ts";
import {
  type InstanceAccess,
  openWorkspace as openForReal,
  type Workspace,
  WorkspaceError,
} from "../workspace/index.ts";
import { type AccessInputs, type AccessState, nothingDone } from "./access-state.ts";
import { type StackConfiguration, workspaceSettings } from "./dynamic.ts";
import { claim, release, wantedByAnother } from "./shared-run.ts";

/** Put in place of the real thing by tests. */
export interface AccessDeps {
  connect?: typeof connectForReal;
  openWorkspace?: typeof openForReal;
  /** Tells what a deletion left behind. */
  warn?: (line: string) => void;
}

/** Where the work is done from. */
export interface AccessContext {
  configuration: StackConfiguration | undefined;
  deps: AccessDeps;
}

/** A refresh waits for a change that is under way, but not as long as a deployment. */
const refreshDeadlineSeconds = 60;

/**
 * Brings access about. `progress` is told of each step that cannot be undone, so that a failure after it is
 * recorded with it.
 */
export async function settle(
  context: AccessContext,
  id: string,
  inputs: AccessInputs,
  progress: { state: AccessState },
): Promise<AccessState> {
  const roles = (await workspaceOf(context, inputs)).access;
  await using session = await dial(context, inputs);
  const { uid } = session;
  // Another instance under the same name has nothing of what was done to the old one.
  if (progress.state.seenUid !== uid) progress.state = { ...nothingDone, seenUid: uid };
  const { principals } = inputs;
  await refuseStrangers(roles, inputs);
  await demote(roles, inputs, progress);
  const thing = `${uid}/${inputs.databaseName}`;
  const { record, keptRoles } = await applyAccess(session.client, {
    database: inputs.databaseName,
    principals,
    record: recordOf(progress.state),
    shared: wantedByAnother(thing, id),
  });
  claim(thing, id, ungroupGrants([...record.granted, ...record.found]).map(keyOf));
  progress.state = { ...progress.state, ...record, keptRoles };
  await promote(roles, inputs, progress);
  return progress.state;
}

/** What differs from what was brought about; undefined where it cannot be looked at now. */
export async function inspect(
  context: AccessContext,
  inputs: AccessInputs,
  state: AccessState,
): Promise<string[] | undefined> {
  const workspace = await workspaceOf(context, inputs);
  // A stopped instance, or none: its own resources tell. Nothing is known to differ here.
  if ((await stateOfInstance(workspace, inputs.instanceName)) !== "reachable") return undefined;
  await using session = await dial(context, { ...inputs, deadlineSeconds: refreshDeadlineSeconds });
  const record = state.seenUid === session.uid ? recordOf(state) : nothingRecorded;
  const { databaseName: database, principals } = inputs;
  const plan = await inspectAccess(session.client, { database, principals, record });
  const lost = await lostSuperusers(workspace.access, inputs.instanceName, principals);
  return [...describeDrift(plan), ...lost.map((name) => `${name}: is not in databricks_superuser`)].sort();
}

/**
 * Takes back what was done, and nothing else. With the instance or the database gone there is nothing to take
 * back. A stopped instance must not block a destroy, which is about to delete it: what was granted stays in its
 * data, and is said.
 */
export async function withdraw(
  context: AccessContext,
  id: string,
  inputs: AccessInputs,
  state: AccessState,
): Promise<void> {
  const { instanceName, databaseName } = inputs;
  const thing = `${state.seenUid}/${databaseName}`;
  release(thing, id);
  if (state.granted.length + state.createdRoles.length + state.superusers.length === 0) return;
  const workspace = await workspaceOf(context, inputs);
  const found = await stateOfInstance(workspace, instanceName);
  if (found === "gone") return;
  if (found === "stopped") {
    const warn = context.deps.warn ?? console.warn;
    warn(
      `instance "${instanceName}" is stopped: the grants on database "${databaseName}" stay in its data; if it is kept, start it and revoke them`,
    );
    return;
  }
  try {
    await using session = await dial(context, inputs);
    if (session.uid !== state.seenUid) return;
    await demote(workspace.access, { ...inputs, principals: [] }, { state });
    const record = recordOf(state);
    const shared = wantedByAnother(thing, id);
    await applyAccess(session.client, { database: databaseName, principals: [], record, shared });
  } catch (error) {
    // The database went with its grants.
    if (error instanceof ConnectionProblem && error.code === "3D000") return;
    throw error;
  }
}

function recordOf({ granted, found, createdRoles }: AccessState): AccessRecord {
  return { granted, found, createdRoles };
}

function workspaceOf({ configuration, deps }: AccessContext, inputs: AccessInputs): Promise<Workspace> {
  return (deps.openWorkspace ?? openForReal)(workspaceSettings(configuration, inputs));
}

interface Session extends AsyncDisposable {
  client: Client;
  uid: string;
}

async function dial({ configuration, deps }: AccessContext, inputs: AccessInputs): Promise<Session> {
  const { instanceName, databaseName, port, sslRootCert, hostAddress, deadlineSeconds = 600 } = inputs;
  const { client, facts } = await (deps.connect ?? connectForReal)({
    workspace: workspaceSettings(configuration, inputs),
    instanceName,
    databaseName,
    port,
    sslRootCert,
    hostAddress,
    deadlineMs: deadlineSeconds * 1000,
  });
  // A connection lost between two statements fails the next one; unheard, it would end the process.
  client.on("error", () => {});
  return { client, uid: facts.instanceUid, [Symbol.asyncDispose]: () => client.end().catch(() => {}) };
}

async function stateOfInstance(
  workspace: Workspace,
  name: string,
): Promise<"reachable" | "stopped" | "gone"> {
  try {
    const { state } = await workspace.getInstance(name);
    if (state === "STOPPED") return "stopped";
    return state === "DELETING" || state === "DELETED" ? "gone" : "reachable";
  } catch (error) {
    if (error instanceof WorkspaceError && error.status === 404) return "gone";
    throw error;
  }
}

/**
 * A role that has a principal's name and is not tied to its identity is somebody else's way in: PostgreSQL's own
 * roles log in with passwords that the workspace knows nothing of.
 */
async function refuseStrangers(
  roles: InstanceAccess,
  { instanceName, principals }: AccessInputs,
): Promise<void> {
  const types = await roles.listRoleTypes(instanceName).catch((error: unknown) => {
    // Reading roles is a right of its own; without it the grants are all that can be vouched for.
    if (error instanceof WorkspaceError && error.status === 403) return new Map<string, string>();
    throw error;
  });
  const strangers = principals.flatMap(({ name, type }) => {
    const found = types.get(name);
    return found === undefined || found === type ? [] : [`${name} (${found} instead of ${type})`];
  });
  if (strangers.length === 0) return;
  throw new Error(
    `the instance has roles of these names that belong to another kind of identity: ${strangers.join(", ")}; to fix: correct the type, or drop or rename the role if it is not theirs`,
  );
}

function wantedSuperusers(principals: readonly DesiredPrincipal[]): string[] {
  return principals.flatMap(({ name, databricksSuperuser }) => (databricksSuperuser === true ? [name] : []));
}

async function lostSuperusers(
  roles: InstanceAccess,
  instanceName: string,
  principals: readonly DesiredPrincipal[],
): Promise<string[]> {
  const lost: string[] = [];
  for (const name of wantedSuperusers(principals))
    if ((await roles.isSuperuser(instanceName, name)) !== true) lost.push(name);
  return lost;
}

/** Through the workspace's API: in SQL, nobody but the service may decide over databricks_superuser. */
async function promote(
  roles: InstanceAccess,
  { instanceName, principals }: AccessInputs,
  progress: { state: AccessState },
): Promise<void> {
  for (const name of await lostSuperusers(roles, instanceName, principals)) {
    // Before it is sent: when its answer is lost, the service may have carried it out.
    progress.state = { ...progress.state, superusers: [...new Set([...progress.state.superusers, name])] };
    await roles.setSuperuser(instanceName, name, true);
  }
}

async function demote(
  roles: InstanceAccess,
  { instanceName, principals }: AccessInputs,
  progress: { state: AccessState },
): Promise<void> {
  const wanted = wantedSuperusers(principals);
  for (const name of progress.state.superusers.filter((member) => !wanted.includes(member))) {
    if ((await roles.isSuperuser(instanceName, name)) === true) {
      await roles.setSuperuser(instanceName, name, false);
      if ((await roles.isSuperuser(instanceName, name)) === true)
        throw new Error(
          `the service keeps ${name} in databricks_superuser; to fix: take it out in the workspace's page of the instance, under Roles, and deploy again`,
        );
    }
    const superusers = progress.state.superusers.filter((member) => member !== name);
    progress.state = { ...progress.state, superusers };
  }
}
