// A Lakebase database instance: declared through the official provider, protected, started or stopped, waited for.
import * as databricks from "@pulumi/databricks/databaseInstance.js";
import * as pulumi from "@pulumi/pulumi";
import { checkInstance, memoryGbOf, type Problem, retentionWindowRange } from "../lakebase/rules/index.ts";
import { checkArguments, throwProblems } from "./arguments.ts";
import { instanceCreationHooks } from "./existing-instance-hook.ts";
import { refuseExplicitProvider } from "./explicit-provider.ts";
import { InstanceIdentity, type InstanceIdentityArgs } from "./instance-identity.ts";
import { InstancePower, type InstancePowerArgs } from "./instance-power.ts";
import { seeToInstance } from "./instances-seen-to.ts";
import { setLastResources } from "./last-resources.ts";
import { unfinishedName } from "./unfinished-creation.ts";

/** Where a point-in-time clone is cut from. A change of any member replaces the clone. */
export interface LakebaseParentArgs {
  /** Name of the instance to clone. */
  name: pulumi.Input<string>;
  /** Time to clone at, RFC 3339 with a zone. Default: the present state. Not together with `lsn`. */
  branchTime?: pulumi.Input<string>;
  /** Log sequence number to clone at. Not together with `branchTime`. Default: `branchTime` counts. */
  lsn?: pulumi.Input<string>;
}

/** Arguments of {@link LakebaseInstance}. */
export interface LakebaseInstanceArgs {
  /**
   * Name of the instance: 1 to 63 letters, digits and hyphens, unique in the workspace. Never made up, so that
   * what is in the program is what is in the workspace. A change replaces the instance, and so its data.
   */
  name: pulumi.Input<string>;
  /**
   * Capacity tier: `CU_1` (16 GB), `CU_2` (32 GB), `CU_4` (64 GB) or `CU_8` (128 GB), by the size of the
   * working set. Default `CU_1`. A change keeps the data and restarts the compute: open connections end.
   */
  capacity?: pulumi.Input<string>;
  /** true: the instance is stopped, costs no compute and refuses all connections. Default false. Changed in place. */
  stopped?: pulumi.Input<boolean>;
  /** Nodes, 1 to 3; more than one give high availability, each at the price of the tier. Default 1. Changed in place. */
  nodeCount?: pulumi.Input<number>;
  /** Whether the secondaries can be read at a host name of their own. Needs two nodes. Default false. Changed in place. */
  enableReadableSecondaries?: pulumi.Input<boolean>;
  /** Whether PostgreSQL roles with passwords of their own may log in. Default false. Changed in place. */
  enablePgNativeLogin?: pulumi.Input<boolean>;
  /**
   * Days of point-in-time recovery, 2 to 35. Default 7. Changed in place; a smaller number gives up the older
   * part of the window.
   */
  retentionWindowInDays?: pulumi.Input<number>;
  /** Tags, for costs and policies. Sent in a fixed order. Changed in place. Default: none. */
  customTags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
  /** Usage policy that the costs are booked on. Default: the workspace's. Changed in place. */
  usagePolicyId?: pulumi.Input<string>;
  /**
   * Makes this instance a point-in-time clone of another one. A change replaces it. Default: it is no clone.
   */
  parent?: pulumi.Input<LakebaseParentArgs>;
  /**
   * TCP port that clients connect to; only said on, never sent. Default 5432, the service's only one. Changed
   * in place: only the output.
   */
  port?: pulumi.Input<number>;
  /**
   * Seconds to wait for the instance after a change. Default 1200. Only looked at when something is waited
   * for.
   */
  deadlineSeconds?: pulumi.Input<number>;
  /**
   * true takes an instance of this name that exists already under management instead of creating one, for
   * instance one that an interrupted deployment left. Its settings must be those of the program. Needs a plain
   * name. Default false. Without effect once the instance is in the state.
   */
  adoptExisting?: boolean;
  /**
   * true for an instance that came with `pulumi import`: the official provider then knows none of its settings, and
   * would send all of them at the first `up`. With it nothing is sent that is in force already; changes are sent by
   * {@link InstancePower}, as those of a clone are. Default false.
   * A change to false sends the settings once, those that are in force.
   */
  imported?: boolean;
  /**
   * true: `stopped` does not stop the instance here. An {@link InstancePower} that depends on everything that
   * needs it running does that, as in {@link LakebaseDatabase}; a start still comes first. Default false.
   * Changed in place.
   */
  stopLast?: pulumi.Input<boolean>;
  /**
   * What needs the instance running when it is made or changed: what it is, and its definition in words. A
   * preview that changes one while the instance stays stopped fails and says so. Only together with
   * `stopLast`. Default: nothing. Changed in place.
   */
  needsRunning?: pulumi.Input<{ [what: string]: pulumi.Input<string> }>;
  /**
   * Name of the instance whose data may be lost by a replacement. Without it, a preview that replaces an
   * instance under a new name or parent fails, even when it is not protected. Default: none. Changed in
   * place; nothing is replaced by it alone.
   */
  allowReplacementOf?: pulumi.Input<string>;
}

/**
 * A Lakebase instance. Protected by default: a preview that would delete or replace it fails, until the
 * program says `{ protect: false }` in the options. All outputs are those of the settled instance, so that
 * whatever uses `name` waits until it takes connections. It is made in the workspace of the stack's configuration
 * (`databricks:host` and the like): an explicit databricks provider, also a parent's, is refused.
 *
 * @throws pulumi.RunError with every problem of the arguments, before anything is sent
 */
export class LakebaseInstance extends pulumi.ComponentResource {
  /** Name of the instance; available once it has the wanted power state. */
  readonly name: pulumi.Output<string>;
  /** The service's id of the instance. */
  readonly uid: pulumi.Output<string>;
  /** Host name for reading and writing. */
  readonly readWriteDns: pulumi.Output<string>;
  /** Host name of the readable secondaries; empty without them. */
  readonly readOnlyDns: pulumi.Output<string>;
  /** TCP port. */
  readonly port: pulumi.Output<number>;
  /** `AVAILABLE` or `STOPPED`. */
  readonly state: pulumi.Output<string>;
  /** Whether the instance is meant to be stopped. */
  readonly stopped: pulumi.Output<boolean>;
  /** Capacity tier. */
  readonly capacity: pulumi.Output<string>;
  /** Memory of each node, in GB; 0 for a tier that this version does not know. */
  readonly memoryGb: pulumi.Output<number>;

  constructor(name: string, args: LakebaseInstanceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lakebase:index:LakebaseInstance", name, {}, opts);
    refuseExplicitProvider(`LakebaseInstance "${name}"`, this);
    const checked = checkArguments(`LakebaseInstance "${name}"`, args, (known) => checkKnown(args, known), [
      "name",
    ]);
    const settings = withDefaults(checked);
    const identity = new InstanceIdentity(`${name}-identity`, identityArguments(settings), {
      parent: this,
      // The engine applies a component's own dependencies when it creates, not when it deletes: a clone has to go
      // before the instance that it was cut from.
      ...after(opts),
    });
    const options = {
      parent: this,
      // Before the instance, so that a change that it refuses has not begun; after it when both are deleted.
      ...after(opts, identity),
      // Without an explicit choice, nothing deletes a database by accident.
      protect: opts?.protect ?? true,
      // The provider plans a rename as an update of an instance that does not exist.
      replaceOnChanges: ["name"],
      // The provider plans any update of a clone as a replacement, and one of whatever it has imported, which it knows
      // no settings of. InstancePower changes both in place instead, and only where something differs.
      ...(args.parent === undefined && args.imported !== true ? {} : { ignoreChanges: [...settingNames] }),
    };
    const takeIn = (existing: string) =>
      new databricks.DatabaseInstance(unfinishedName(name), instanceArguments(settings), {
        ...options,
        import: existing,
        // As it is found: the next deployment sends the settings.
        ignoreChanges: [...settingNames],
      });
    const instance = new databricks.DatabaseInstance(name, instanceArguments(settings), {
      ...options,
      aliases: [{ name: unfinishedName(name) }],
      // Where a replacement is allowed, the state may have the old instance, and the engine would go on with that one.
      hooks: instanceCreationHooks(name, this, args.allowReplacementOf ? undefined : takeIn),
      ...(args.adoptExisting === true ? { import: plainName(name, args) } : {}),
    });
    const power = new InstancePower(`${name}-power`, powerArguments(settings, instance), { parent: this });

    setLastResources(this, [power]);
    seeToInstance(
      settings.name,
      pulumi.output(settings.stopped).apply((stopped) => !stopped),
    );
    this.name = power.instanceName;
    this.uid = power.uid;
    this.readWriteDns = power.readWriteDns;
    // Without secondaries it is known to be empty, also in a preview in which the service's answers are not.
    this.readOnlyDns = pulumi
      .output(settings.enableReadableSecondaries)
      .apply((enabled) => (enabled ? power.readOnlyDns : pulumi.output("")));
    this.port = pulumi.output(checked.port ?? 5432);
    this.state = power.state;
    this.stopped = power.stopped;
    this.capacity = pulumi.output(settings.capacity);
    this.memoryGb = this.capacity.apply((capacity) => memoryGbOf(capacity) ?? 0);
    this.registerOutputs({
      name: this.name,
      uid: this.uid,
      readWriteDns: this.readWriteDns,
      readOnlyDns: this.readOnlyDns,
      port: this.port,
      state: this.state,
      stopped: this.stopped,
      capacity: this.capacity,
      memoryGb: this.memoryGb,
    });
  }
}

/** Every problem of what is known; the two that are judged together only where both are, since an output is not unset. */
export function checkKnown(args: LakebaseInstanceArgs, known: Record<string, unknown>): Problem[] {
  const { enableReadableSecondaries: _, ...others } = known;
  return args.nodeCount !== undefined && known.nodeCount === undefined
    ? checkInstance(others)
    : checkInstance(known);
}

/** The component's dependencies, with another one. */
function after(opts: pulumi.ComponentResourceOptions | undefined, ...more: pulumi.Resource[]) {
  const { dependsOn = [] } = opts ?? {};
  return pulumi.mergeOptions({ dependsOn }, { dependsOn: more });
}

/**
 * Every default is sent: the provider keeps an input that is no longer given, so that removing a line from the
 * program would leave the old value in place for ever.
 */
function withDefaults(args: LakebaseInstanceArgs) {
  return {
    ...args,
    capacity: args.capacity ?? "CU_1",
    stopped: args.stopped ?? false,
    nodeCount: args.nodeCount ?? 1,
    enableReadableSecondaries: args.enableReadableSecondaries ?? false,
    enablePgNativeLogin: args.enablePgNativeLogin ?? false,
    retentionWindowInDays: args.retentionWindowInDays ?? retentionWindowRange.default,
    // Without tags an empty list is sent: the provider would otherwise send the old ones again at every `up`.
    customTags: args.customTags ?? {},
  };
}

/** The settings that can be changed in place. */
const settingNames = [
  "capacity",
  "nodeCount",
  "enableReadableSecondaries",
  "enablePgNativeLogin",
  "retentionWindowInDays",
  "customTags",
  "usagePolicyId",
] as const satisfies (keyof LakebaseInstanceArgs)[];

type Settings = ReturnType<typeof withDefaults>;

function instanceArguments(settings: Settings): databricks.DatabaseInstanceArgs {
  const { customTags, usagePolicyId, parent } = settings;
  // `stopped` is not among them: InstancePower sends it, and waits.
  return {
    name: settings.name,
    capacity: settings.capacity,
    nodeCount: settings.nodeCount,
    enableReadableSecondaries: settings.enableReadableSecondaries,
    enablePgNativeLogin: settings.enablePgNativeLogin,
    retentionWindowInDays: settings.retentionWindowInDays,
    customTags: pulumi.output(customTags).apply(tagList),
    ...(usagePolicyId === undefined ? {} : { usagePolicyId }),
    ...(parent === undefined ? {} : { parentInstanceRef: parent }),
  };
}

/** The service takes a list and keeps its order, so another order would be a change. */
function tagList(tags: Record<string, string>): { key: string; value: string }[] {
  return Object.entries(tags)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => ({ key, value }));
}

/** Where a clone is cut from, in one text, so that a change of it is noticed. */
function describeParent(parent: { name: string; branchTime?: string; lsn?: string }): string {
  return `${parent.name} at ${parent.branchTime ?? parent.lsn ?? "its present state"}`;
}

function identityArguments({
  name,
  parent,
  allowReplacementOf,
  adoptExisting,
}: Settings): InstanceIdentityArgs {
  return {
    instanceName: name,
    ...(parent === undefined ? {} : { parent: pulumi.output(parent).apply(describeParent) }),
    ...(allowReplacementOf === undefined ? {} : { allowReplacementOf }),
    ...(adoptExisting === true ? { adoptExisting } : {}),
  };
}

/** An import needs its id before anything runs. */
function plainName(name: string, args: LakebaseInstanceArgs): string {
  if (typeof args.name === "string") return args.name;
  const problem = {
    path: "adoptExisting",
    reason: "needs a name that is known before the deployment",
    allowed: "true with a plain name",
    fix: "write the name of the instance as a text",
  };
  return throwProblems(`LakebaseInstance "${name}"`, [problem]) ?? "";
}

function powerArguments(settings: Settings, instance: databricks.DatabaseInstance): InstancePowerArgs {
  const { deadlineSeconds, stopLast, needsRunning } = settings;
  const given = settingNames.filter((name) => settings[name] !== undefined);
  return {
    // Through the declared instance, so that it exists before it is waited for.
    instanceName: instance.name,
    instanceUid: instance.uid,
    stopped: settings.stopped,
    settings: Object.fromEntries(given.map((name) => [name, settings[name]])),
    ...(stopLast === undefined ? {} : { startOnly: stopLast }),
    ...(needsRunning === undefined ? {} : { needsRunning }),
    ...(deadlineSeconds === undefined ? {} : { deadlineSeconds }),
  };
}
