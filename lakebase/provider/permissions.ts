// The workspace's permissions on an instance as a resource: its own entries only, everybody else's stay.
//
// The official databricks.Permissions replaces the whole list: it strips whoever is not in the program, and when
// it is moved its deletion removes what its creation has just set. This one adds with PATCH, and where an entry
// must go it writes back all the others as they are.
import { randomUUID } from "node:crypto";
import { checkInstanceName, checkPrincipalName, type Problem } from "../rules/index.ts";
import {
  type InstanceAccess,
  openWorkspace,
  orNothing,
  type PermissionEntry,
  type PrincipalField,
} from "../workspace/index.ts";
import { toFailure } from "./connectivity.ts";
import {
  changedKeys,
  type DynamicProvider,
  holdsUnknown,
  isKnown,
  RecordedFailure,
  reasonOf,
  type StackConfiguration,
  type WorkspaceInputs,
  workspaceSettings,
} from "./dynamic.ts";
import { type MadePermission, planPermissions, principalKey } from "./permissions-plan.ts";
import { claim, inTurn, release, wantedByAnother } from "./shared-run.ts";

/** One principal's level. */
export interface WantedPermission {
  name: string;
  type: string;
  level: string;
}

/** What the permissions are to be. */
export interface PermissionsInputs extends WorkspaceInputs {
  instanceName: string;
  permissions: WantedPermission[];
  /** The service's id of the instance; a new one has none of the entries. */
  instanceUid?: string;
}

/** What the resource records. */
export interface PermissionsOutputs extends PermissionsInputs {
  outcome: "applied" | "failed";
  failure: string;
  drift: string[];
  seenUid: string;
  made: MadePermission[];
}

const inputKeys: readonly (keyof PermissionsInputs)[] = [
  "instanceName",
  "permissions",
  "instanceUid",
  "workspaceHost",
  "profile",
];

/** The provider of InstancePermissions. */
export function permissions(
  configuration: StackConfiguration | undefined,
  open: typeof openWorkspace = openWorkspace,
): DynamicProvider<PermissionsInputs, PermissionsOutputs> {
  const workspaceOf = (inputs: PermissionsInputs) => open(workspaceSettings(configuration, inputs));
  const bring = async (id: string, inputs: PermissionsInputs, olds?: PermissionsOutputs) => {
    let kept = { seenUid: olds?.seenUid ?? "", made: olds?.made ?? [] };
    try {
      const { uid } = await (await workspaceOf(inputs)).getInstance(inputs.instanceName);
      const made = olds?.seenUid === uid ? olds.made : [];
      const roles = (await workspaceOf(inputs)).access;
      const result = await inTurn(uid, async () => {
        const after = await change(roles, inputs, made, wantedByAnother(uid, id), (attempted) => {
          kept = { seenUid: uid, made: attempted };
        });
        claim(uid, id, inputs.permissions.map(entryOf).map(principalKey));
        return after;
      });
      return {
        ...inputsOnly(inputs),
        outcome: "applied" as const,
        failure: "",
        drift: [],
        seenUid: uid,
        made: result,
      };
    } catch (error) {
      const failure = `permissions on instance "${inputs.instanceName}": ${reasonOf(error)}`;
      throw new RecordedFailure(id, { ...inputs, ...kept, outcome: "failed", failure, drift: [] }, failure);
    }
  };
  return {
    async check(_olds, news) {
      return { inputs: news, failures: checkInputs(news).map(toFailure) };
    },
    async diff(_id, olds, news) {
      const changed = changedKeys<PermissionsInputs>(inputKeys, olds, news);
      const unsettled = olds.outcome !== "applied" || (olds.drift ?? []).length > 0;
      return {
        changes: unsettled || changed.length > 0,
        replaces: changed.filter((key) => key === "instanceName"),
        deleteBeforeReplace: true,
      };
    },
    async create(inputs) {
      const id = `permissions-${randomUUID()}`;
      return { id, outs: await bring(id, inputs) };
    },
    async update(id, olds, news) {
      return { outs: await bring(id, news, olds) };
    },
    async read(id, props) {
      if (props.outcome !== "applied") return { id, props };
      const present = await orNothing((await workspaceOf(props)).access.getPermissions(props.instanceName));
      if (present === undefined) return { id, props };
      const { changes } = planPermissions(props.permissions.map(entryOf), props.made, present);
      const drift = changes.map(
        ({ principal, level }) => `${principal}: does not have ${level} on the instance`,
      );
      return { id, props: { ...props, drift: drift.sort() } };
    },
    async delete(id, props) {
      release(props.seenUid, id);
      if ((props.made ?? []).length === 0) return;
      const workspace = await workspaceOf(props);
      const instance = await orNothing(workspace.getInstance(props.instanceName));
      // Gone, or another one under the same name: the entries went with it.
      if (instance === undefined || instance.uid !== props.seenUid) return;
      const shared = wantedByAnother(props.seenUid, id);
      const withdraw = () => change(workspace.access, { ...props, permissions: [] }, props.made, shared);
      await orNothing(inTurn(props.seenUid, withdraw));
    },
  };
}

/**
 * Sends the change, if any, and makes sure of it. Only in turn: a list that is written back must not be older than
 * another resource's entry.
 *
 * @param onAttempt told the record before anything is sent: when the answer is lost, the service may have carried it out
 */
async function change(
  roles: InstanceAccess,
  { instanceName, permissions: wanted }: PermissionsInputs,
  before: readonly MadePermission[],
  shared: (key: string) => boolean,
  onAttempt: (made: MadePermission[]) => void = () => {},
): Promise<MadePermission[]> {
  const present = await roles.getPermissions(instanceName);
  const { changes, removals, list, made } = planPermissions(wanted.map(entryOf), before, present, shared);
  onAttempt([...made, ...removedEntries(before, removals)]);
  if (removals.length > 0) await roles.replacePermissions(instanceName, list);
  else if (changes.length > 0) await roles.addPermissions(instanceName, changes);
  else return made;
  const { changes: lacking } = planPermissions(
    wanted.map(entryOf),
    made,
    await roles.getPermissions(instanceName),
  );
  if (lacking.length === 0) return made;
  const names = lacking.map(({ principal, level }) => `${level} for ${principal}`).join(", ");
  throw new Error(
    `the service took the change and did not make it: ${names}; to fix: check the principals' names`,
  );
}

/** Entries that are to go and, as long as nothing says that they have gone, may have to be removed once more. */
function removedEntries(
  before: readonly MadePermission[],
  removals: readonly PermissionEntry[],
): MadePermission[] {
  const keys = new Set(removals.map(principalKey));
  return before.filter((entry) => keys.has(principalKey(entry)));
}

const fields: Record<string, PrincipalField> = {
  USER: "user_name",
  GROUP: "group_name",
  SERVICE_PRINCIPAL: "service_principal_name",
};

function entryOf({ name, type, level }: WantedPermission): PermissionEntry {
  return { field: fields[type] ?? "user_name", principal: name, level };
}

/** Only the declared inputs: the engine's own `__provider` travels with them and is put back by it. */
function inputsOnly(inputs: PermissionsInputs): PermissionsInputs {
  return Object.fromEntries(
    inputKeys.filter((key) => inputs[key] !== undefined).map((key) => [key, inputs[key]]),
  ) as unknown as PermissionsInputs;
}

function checkInputs({ instanceName, permissions: wanted = [] }: PermissionsInputs): Problem[] {
  const problems = holdsUnknown(instanceName) ? [] : checkInstanceName("instanceName", instanceName);
  // In the first preview an app's service principal is not known yet, and so none of the list.
  if (!isKnown(wanted)) return problems;
  return problems.concat(wanted.flatMap((entry, index) => checkEntry(`permissions[${index}]`, entry)));
}

function checkEntry(path: string, entry: WantedPermission): Problem[] {
  if (holdsUnknown(entry)) return [];
  const { name, type, level } = entry;
  const problems = checkPrincipalName(`${path}.name`, name, type);
  if (level === "CAN_USE" || level === "CAN_MANAGE") return problems;
  const allowed = "CAN_USE, CAN_MANAGE";
  return [
    ...problems,
    { path: `${path}.level`, reason: "is no level", value: level, allowed, fix: "choose one of them" },
  ];
}
