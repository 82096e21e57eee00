// A database instance as the store keeps it, and as the API shows it.
import { timestamp } from "../clock.ts";

/** Capacity tiers that the service offers. */
export const capacities = ["CU_1", "CU_2", "CU_4", "CU_8"] as const;

/** States of an instance. */
export type InstanceState = "STARTING" | "AVAILABLE" | "UPDATING" | "STOPPED" | "FAILING_OVER" | "DELETING";

/** A tag, in the order given. */
export interface CustomTag {
  key: string;
  value?: string;
}

/** What a client may set, under the names of the API; only what was set is there. */
export interface InstanceSettings {
  capacity?: string;
  custom_tags?: CustomTag[];
  enable_pg_native_login?: boolean;
  enable_readable_secondaries?: boolean;
  node_count?: number;
  retention_window_in_days?: number;
  stopped?: boolean;
  usage_policy_id?: string;
}

/** What the service takes for settings that the client left out. */
const settingDefaults = {
  capacity: "CU_2",
  enable_pg_native_login: false,
  enable_readable_secondaries: false,
  node_count: 1,
  retention_window_in_days: 7,
  stopped: false,
} as const;

/** The settings in force. */
export type EffectiveSettings = Required<Omit<InstanceSettings, "custom_tags" | "usage_policy_id">>;

/** What the instance is on its way to. */
export interface Transition {
  /** Tells this transition from a later one that took its place. */
  id: string;
  to: "AVAILABLE" | "STOPPED" | "DELETED";
  /** The compute is restarted on the way: open connections end. */
  restart: boolean;
  /** The clock's time of its end, at the earliest. */
  dueAt: number;
}

/** From what an instance was cloned. */
export interface ParentReference {
  uid: string;
  name: string;
  branchTime?: string;
  /** The position in the parent's log that was asked for. */
  lsn?: string;
  effectiveLsn?: string;
}

/** An instance in the store. */
export interface InstanceRecord {
  uid: string;
  name: string;
  creator: string;
  creationTime: number;
  settings: InstanceSettings;
  state: InstanceState;
  parent?: ParentReference;
  transition?: Transition;
}

/** The settings in force, defaults included. */
export function effectiveSettings(settings: InstanceSettings): EffectiveSettings {
  const { custom_tags, usage_policy_id, ...set } = settings;
  return { ...settingDefaults, ...set };
}

/** The DNS names of an instance. Its read-only name exists only while secondaries are readable. */
export function endpointsOf({ uid, settings }: Pick<InstanceRecord, "uid" | "settings">): {
  readWriteDns: string;
  readOnlyDns?: string;
} {
  const readable = effectiveSettings(settings).enable_readable_secondaries;
  return {
    readWriteDns: `instance-${uid}.database.localhost`,
    ...(readable ? { readOnlyDns: `instance-ro-${uid}.database.localhost` } : {}),
  };
}

/**
 * The instance as the API shows it. Of the inputs only `capacity` and `custom_tags` are echoed, and only when
 * the client set them; the others are input-only and read as `effective_*`. The service's documentation has
 * `custom_tags` in the answers of create and update alone; the official clients take an echo in every answer.
 */
export function viewInstance(record: InstanceRecord, children: readonly InstanceRecord[]): object {
  const { settings } = record;
  const effective = effectiveSettings(settings);
  const { readWriteDns, readOnlyDns } = endpointsOf(record);
  const tags = settings.custom_tags?.length ? settings.custom_tags : undefined;
  return withoutUndefined({
    name: record.name,
    uid: record.uid,
    state: record.state,
    creator: record.creator,
    creation_time: timestamp(record.creationTime),
    pg_version: "PG_VERSION_16",
    read_write_dns: readWriteDns,
    read_only_dns: readOnlyDns,
    capacity: settings.capacity,
    custom_tags: tags,
    effective_capacity: effective.capacity,
    effective_custom_tags: tags,
    effective_enable_pg_native_login: effective.enable_pg_native_login,
    effective_enable_readable_secondaries: effective.enable_readable_secondaries,
    effective_node_count: effective.node_count,
    effective_retention_window_in_days: effective.retention_window_in_days,
    effective_stopped: effective.stopped,
    effective_usage_policy_id: settings.usage_policy_id,
    parent_instance_ref: record.parent && viewReference(record.parent, record.parent),
    child_instance_refs: children.length > 0 ? children.map((c) => viewReference(c, c.parent)) : undefined,
  });
}

function viewReference(instance: { uid: string; name: string }, cut: ParentReference | undefined): object {
  return withoutUndefined({
    name: instance.name,
    uid: instance.uid,
    branch_time: cut?.branchTime,
    effective_lsn: cut?.effectiveLsn,
  });
}

/** Leaves out what is undefined, as the service leaves out what is empty. */
export function withoutUndefined(value: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const name in value) if (value[name] !== undefined) kept[name] = value[name];
  return kept;
}
