// The shape of a Pulumi dynamic provider, spelled out here because lakebase/ knows nothing of Pulumi,
// and what all providers of this room share.
import type { WorkspaceSettings } from "../workspace/index.ts";

/** Which workspace a resource asks, where it is not that of the stack's databricks provider. */
export interface WorkspaceInputs {
  workspaceHost?: string;
  /** Profile of `~/.databrickscfg`. */
  profile?: string;
}

/** How a resource reaches the instance's server. */
export interface ReachInputs extends WorkspaceInputs {
  port?: number;
  sslRootCert?: string;
  /** Address to connect to instead of resolving the host name. */
  hostAddress?: string;
}

/** Reads one stack configuration value, e.g. `databricks:host`. */
export interface StackConfiguration {
  get(key: string): string | undefined;
}

/** One broken rule as the engine wants it told. */
export interface CheckFailure {
  property: string;
  reason: string;
}

/** What a change of the program means for a resource. */
export interface PlannedChange {
  changes: boolean;
  /** Inputs whose change needs another resource. */
  replaces: string[];
  /** Whether the old one goes before the new one comes. */
  deleteBeforeReplace?: boolean;
}

/** The methods that the engine calls, for a resource with these inputs and outputs. */
export interface DynamicProvider<Inputs, Outputs> {
  check(olds: Partial<Inputs>, news: Inputs): Promise<{ inputs: Inputs; failures: CheckFailure[] }>;
  diff(id: string, olds: Outputs, news: Inputs): Promise<PlannedChange>;
  create(inputs: Inputs): Promise<{ id: string; outs: Outputs }>;
  read(id: string, props: Outputs): Promise<{ id: string; props: Outputs }>;
  update(id: string, olds: Outputs, news: Inputs): Promise<{ outs: Outputs }>;
  delete(id: string, props: Outputs): Promise<void>;
}

/** What the engine passes in a preview for a value that only the deployment will bring. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a value is known already. */
export function isKnown(value: unknown): boolean {
  return value !== unknownValue;
}

/**
 * The inputs whose values differ between the recorded state and the program. A value that is still unknown,
 * also deep inside, counts as unchanged: it is judged by the `up` itself, and showing every possible change as
 * one would make previews cry wolf.
 */
export function changedKeys<T extends object>(keys: readonly (keyof T)[], olds: T, news: T): (keyof T)[] {
  return keys.filter((key) => !matches(olds[key], news[key]));
}

function matches(old: unknown, value: unknown): boolean {
  if (!isKnown(value)) return true;
  if (typeof old !== "object" || typeof value !== "object" || old === null || value === null)
    return Object.is(old, value);
  if (Array.isArray(old) !== Array.isArray(value)) return false;
  const [left, right] = [old as Record<string, unknown>, value as Record<string, unknown>];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) =>
    matches(left[key], right[key]),
  );
}

/** Whether a value holds, somewhere inside, one that only the deployment will bring. */
export function holdsUnknown(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return !isKnown(value);
  return Object.values(value).some(holdsUnknown);
}

/**
 * An error that still records the resource: the engine keeps `properties` in the state, marks it as failed
 * and tries again at the next `pulumi up`, even when the program has not changed.
 */
export class RecordedFailure extends Error {
  override readonly name = "RecordedFailure";
  readonly id: string;
  readonly properties: object;
  readonly reasons: string[];

  constructor(id: string, properties: object, reason: string) {
    super(reason);
    this.id = id;
    this.properties = properties;
    this.reasons = [reason];
    // The dynamic provider's process prints stacks; a user's problem is not a bug to trace.
    this.stack = `${this.name}: ${reason}`;
  }
}

/** Something that the user has to put right: the provider's process prints stacks, and here one would only hide the text. */
export class UserMistake extends Error {
  override readonly name = "UserMistake";

  constructor(reason: string) {
    super(reason);
    this.stack = "";
  }
}

/**
 * Where the workspace is and how to authenticate, as the databricks provider of the same stack finds it:
 * the stack's `databricks:` configuration first, then environment and profile. `workspaceHost` and `profile`
 * of the resource itself win, for stacks with several workspaces. Nothing of it is stored.
 */
export function workspaceSettings(
  configuration: StackConfiguration | undefined,
  own: { workspaceHost?: string | undefined; profile?: string | undefined },
): WorkspaceSettings {
  const read = (key: string) => configuration?.get(`databricks:${key}`) || undefined;
  return {
    host: own.workspaceHost ?? read("host"),
    token: read("token"),
    clientId: read("clientId"),
    clientSecret: read("clientSecret"),
    profile: own.profile ?? read("profile"),
    authType: read("authType"),
    configFile: read("configFile"),
  };
}

/** The text of any thrown value, without a stack. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
