// What a policy is, apart from Pulumi's policy SDK: a pure function from resources to violations.

/** A resource as a policy sees it. */
export interface Resource {
  /** Such as `databricks:index/databaseInstance:DatabaseInstance`. */
  readonly type: string;
  /** Name in Pulumi. */
  readonly name: string;
  /** Name with project, stack and type. */
  readonly urn: string;
  /** In a preview, reading a value that only the deployment will bring throws; {@link known} takes care of that. */
  readonly props: Readonly<Record<string, unknown>>;
  /** Whether Pulumi refuses to delete it. */
  readonly protect: boolean;
}

/** How strictly a policy is enforced, as Pulumi names it. */
export type Level = "advisory" | "mandatory" | "disabled";

/** One setting of a policy, in the form of a JSON schema. */
export interface Setting {
  /** JSON type of the value. */
  readonly type: "string" | "integer" | "array";
  /** Type of the members of an array. */
  readonly items?: { readonly type: "string" };
  /** The only texts that are allowed. */
  readonly enum?: readonly string[];
  /** Least number that is allowed. */
  readonly minimum?: number;
  /** Greatest number that is allowed. */
  readonly maximum?: number;
  /** What it is for. */
  readonly description: string;
  /** What holds without a configuration. */
  readonly default: unknown;
}

/** What all policies have. */
interface PolicyBase<Config extends object> {
  /** Unique; the key of its configuration. */
  readonly name: string;
  readonly description: string;
  /** Why there is such a rule, for the message of each violation. */
  readonly reason: string;
  readonly fix: string;
  readonly level: Level;
  readonly settings: { readonly [Key in keyof Config]: Setting };
}

/** A policy about one resource at a time, enforced before that resource is touched. */
export interface ResourcePolicy<Config extends object> extends PolicyBase<Config> {
  /** It sees one resource at a time. */
  readonly scope: "resource";
  /** What is wrong with the resource, in words; nothing when the policy does not concern it. */
  check(resource: Resource, config: Config): string[];
}

/** A policy about the stack as a whole. */
export interface StackPolicy<Config extends object> extends PolicyBase<Config> {
  /** It sees all resources together. */
  readonly scope: "stack";
  /** What is wrong with the stack, in words. */
  check(resources: readonly Resource[], config: Config): string[];
}

/** Any policy, whatever its settings. */
// biome-ignore lint/suspicious/noExplicitAny: a list of policies has as many kinds of settings as members
export type LakebasePolicy = ResourcePolicy<any> | StackPolicy<any>;

/** The message of a violation: what, why, and what to do. */
export function violation({ reason, fix }: Pick<LakebasePolicy, "reason" | "fix">, what: string): string {
  return `${what}; ${reason}; fix: ${fix}`;
}

/** The defaults of a policy's settings. */
export function defaultsOf<Config extends object>(policy: Pick<PolicyBase<Config>, "settings">): Config {
  const entries = Object.entries<Setting>(policy.settings as Record<string, Setting>);
  return Object.fromEntries(entries.map(([key, setting]) => [key, setting.default])) as Config;
}
