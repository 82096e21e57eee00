// Access to a database as a resource: when it is brought about again, what it records, how refresh tells drift.
import { randomUUID } from "node:crypto";
import type { DesiredPrincipal } from "../access/index.ts";
import { checkAccess, type Problem, showValue } from "../rules/index.ts";
import { type AccessInputs, type AccessState, nothingDone } from "./access-state.ts";
import { type AccessDeps, inspect, settle, withdraw } from "./access-work.ts";
import { toFailure } from "./connectivity.ts";
import {
  changedKeys,
  type DynamicProvider,
  holdsUnknown,
  RecordedFailure,
  reasonOf,
  type StackConfiguration,
} from "./dynamic.ts";

/** What the resource records. */
export interface AccessOutputs extends AccessInputs, AccessState {
  /** `applied`; `stopped`: not applied, because the instance is stopped; `failed`. */
  outcome: "applied" | "stopped" | "failed";
  /** Why it failed; empty otherwise. */
  failure: string;
  /** What a refresh found to differ, one sentence each. */
  drift: string[];
}

const inputKeys: readonly (keyof AccessInputs)[] = [
  "instanceName",
  "databaseName",
  "principals",
  "stopped",
  "instanceUid",
  "port",
  "sslRootCert",
  "hostAddress",
  "workspaceHost",
  "profile",
  "deadlineSeconds",
  "trigger",
];

/** Another instance or database has none of the grants, and the old one must lose them. */
const replacing: readonly (keyof AccessInputs)[] = ["instanceName", "databaseName"];

/** The provider of DatabaseAccess. */
export function access(
  configuration: StackConfiguration | undefined,
  deps: AccessDeps = {},
): DynamicProvider<AccessInputs, AccessOutputs> {
  const context = { configuration, deps };
  const bring = async (id: string, inputs: AccessInputs, before: AccessState): Promise<AccessOutputs> => {
    if (inputs.stopped === true) return outputsOf(inputs, before, "stopped");
    const progress = { state: before };
    try {
      return outputsOf(inputs, await settle(context, id, inputs, progress), "applied");
    } catch (error) {
      const failure = `access to database "${inputs.databaseName}" of instance "${inputs.instanceName}": ${reasonOf(error)}`;
      // `__provider` must stay in the properties, or later reads of the resource would die.
      const properties = { ...inputs, ...progress.state, outcome: "failed", failure, drift: [] };
      throw new RecordedFailure(id, properties, failure);
    }
  };
  return {
    async check(olds, news) {
      return { inputs: news, failures: checkInputs(olds, news).map(toFailure) };
    },
    async diff(_id, olds, news) {
      const changed = changedKeys<AccessInputs>(inputKeys, olds, news);
      const isWaiting = news.stopped === true && olds.outcome === "stopped";
      const unsettled = (olds.outcome !== "applied" && !isWaiting) || (olds.drift ?? []).length > 0;
      return {
        changes: unsettled || changed.length > 0,
        replaces: changed.filter((key) => replacing.includes(key)),
        deleteBeforeReplace: true,
      };
    },
    async create(inputs) {
      const id = `access-${randomUUID()}`;
      return { id, outs: await bring(id, inputs, nothingDone) };
    },
    async update(id, olds, news) {
      return { outs: await bring(id, news, stateOf(olds)) };
    },
    async read(id, props) {
      if (props.stopped === true || props.outcome === "stopped") return { id, props };
      return { id, props: await look(context, props) };
    },
    async delete(id, props) {
      await withdraw(context, id, props, stateOf(props));
    },
  };
}

/** A refresh's look: silent unless something differs. A failure is recorded, so that the next `up` tries again. */
async function look(context: Parameters<typeof inspect>[0], props: AccessOutputs): Promise<AccessOutputs> {
  try {
    const drift = await inspect(context, props, stateOf(props));
    return drift === undefined ? props : { ...props, drift };
  } catch (error) {
    return { ...props, outcome: "failed", failure: reasonOf(error) };
  }
}

function stateOf(outputs: Partial<AccessState>): AccessState {
  const keys = Object.keys(nothingDone) as (keyof AccessState)[];
  return Object.fromEntries(
    keys.map((key) => [key, outputs[key] ?? nothingDone[key]]),
  ) as unknown as AccessState;
}

function outputsOf(inputs: AccessInputs, state: AccessState, outcome: "applied" | "stopped"): AccessOutputs {
  const own = Object.fromEntries(
    inputKeys.filter((key) => inputs[key] !== undefined).map((key) => [key, inputs[key]]),
  );
  return { ...(own as unknown as AccessInputs), ...state, outcome, failure: "", drift: [] };
}

/** Rules of the inputs, and the one that only the recorded state can tell. */
function checkInputs(olds: Partial<AccessInputs>, news: AccessInputs): Problem[] {
  const known = Object.fromEntries(
    Object.entries({
      instanceName: news.instanceName,
      databaseName: news.databaseName,
      principals: news.principals,
    }).filter(([, value]) => !holdsUnknown(value)),
  );
  return [...checkAccess(known), ...checkStopped(olds, news)];
}

/** Told at preview: while the instance is stopped nobody can be granted or denied anything. */
function checkStopped(olds: Partial<AccessInputs>, news: AccessInputs): Problem[] {
  if (news.stopped !== true || olds.principals === undefined) return [];
  const keys = changedKeys<Partial<AccessInputs>>(["principals"], olds, news);
  if (keys.length === 0) return [];
  const names = (list: readonly DesiredPrincipal[]) => showValue(list.map(({ name }) => name));
  return [
    {
      path: "principals",
      reason: "cannot be changed while the instance is stopped: grants live in the running database",
      value: `from ${names(olds.principals)} to ${names(news.principals)}`,
      allowed: "the principals as they are, or an instance that runs",
      fix: "set stopped to false in the same change, or change the principals when the instance runs",
    },
  ];
}
