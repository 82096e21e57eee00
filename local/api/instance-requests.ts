// What a client may ask of an instance: the fields of create and update, their values, and the update mask.
import { invalidParameter } from "./errors.ts";
import {
  capacities,
  effectiveSettings,
  type InstanceSettings,
  type InstanceState,
} from "./instance-record.ts";
import { accept, type Check, flag, integer, list, object, oneOf, outputOnly, text } from "./validation.ts";

const instanceName = text({
  form: /^[A-Za-z0-9-]{1,63}$/,
  described: "1 to 63 letters, digits and hyphens",
});

const reference = object(
  {
    name: instanceName,
    branch_time: dateTime,
    lsn: text({
      form: /^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/,
      described: "a WAL position such as 0/16B3748",
    }),
    effective_lsn: outputOnly,
    uid: outputOnly,
  },
  ["name"],
);

const settingChecks: Record<keyof InstanceSettings, Check> = {
  capacity: oneOf(capacities),
  custom_tags: tags,
  enable_pg_native_login: flag,
  enable_readable_secondaries: flag,
  node_count: integer(1, 3),
  retention_window_in_days: integer(2, 35),
  stopped: flag,
  usage_policy_id: text({ form: /\S/, described: "the id of a usage policy" }),
};

/** Names of the settings that an update may change. */
export const settingNames = Object.keys(settingChecks) as (keyof InstanceSettings)[];

const outputNames = [
  "child_instance_refs",
  "creation_time",
  "creator",
  "effective_capacity",
  "effective_custom_tags",
  "effective_enable_pg_native_login",
  "effective_enable_readable_secondaries",
  "effective_node_count",
  "effective_retention_window_in_days",
  "effective_stopped",
  "effective_usage_policy_id",
  "pg_version",
  "read_only_dns",
  "read_write_dns",
  "state",
  "uid",
];

const fields: Record<string, Check> = {
  name: instanceName,
  parent_instance_ref: reference,
  ...settingChecks,
  ...Object.fromEntries(outputNames.map((name) => [name, outputOnly])),
};

/** What a create request asks for. */
export interface CreateRequest {
  name: string;
  settings: InstanceSettings;
  parent?: { name: string; branch_time?: string; lsn?: string };
}

/** Reads the body of a create request, or refuses it with every problem. */
export function readCreateRequest(body: unknown): CreateRequest {
  const accepted = accept<CreateBody>(body, object(fields, ["name"]));
  const settings = pick(accepted, settingNames);
  checkTogether(settings);
  const parent = accepted.parent_instance_ref;
  return { name: accepted.name, settings, ...(parent ? { parent } : {}) };
}

interface CreateBody extends InstanceSettings {
  name: string;
  parent_instance_ref?: { name: string; branch_time?: string; lsn?: string };
}

/**
 * The settings after an update. `*` or no mask stands for every field. A field in the mask and not in the body
 * keeps its value, as the official plugin always sends the same whole mask; only `custom_tags`, when named, is
 * then cleared, which is how that plugin and the service's documentation clear them.
 */
export function readUpdateRequest(
  current: { name: string; settings: InstanceSettings },
  body: unknown,
  updateMask: string | undefined,
): InstanceSettings {
  const accepted = accept<Partial<CreateBody>>(body, object(fields));
  if (accepted.name !== undefined && accepted.name !== current.name) {
    throw invalidParameter(`name ${current.name} cannot be changed to ${accepted.name}`);
  }
  const { names, explicit } = readMask(updateMask);
  const changed: InstanceSettings = { ...current.settings, ...pick(accepted, names) };
  if (explicit && names.includes("custom_tags") && accepted.custom_tags === undefined)
    delete changed.custom_tags;
  checkTogether(changed);
  return changed;
}

function readMask(mask: string | undefined): { names: (keyof InstanceSettings)[]; explicit: boolean } {
  const words = (mask ?? "").split(",").flatMap((word) => word.trim() || []);
  if (words.length === 0 || words.includes("*")) return { names: settingNames, explicit: false };
  const problems = words.flatMap((word) => {
    if (settingNames.includes(word as keyof InstanceSettings)) return [];
    return [
      Object.hasOwn(fields, word) ? `${word} cannot be updated` : `unknown field ${JSON.stringify(word)}`,
    ];
  });
  if (problems.length > 0) {
    throw invalidParameter(
      `update_mask: ${problems.join("; ")}; allowed are ${settingNames.join(", ")} or *`,
    );
  }
  return { names: words as (keyof InstanceSettings)[], explicit: true };
}

function pick<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(
    names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])),
  ) as Pick<T, K>;
}

function checkTogether(settings: InstanceSettings): void {
  const { node_count, enable_readable_secondaries } = effectiveSettings(settings);
  if (enable_readable_secondaries && node_count < 2) {
    throw invalidParameter("enable_readable_secondaries requires node_count to be greater than 1");
  }
}

/** What the change of settings does to an instance at rest. */
export interface UpdateEffect {
  /** The state during the change; the same as before when nothing has to be done. */
  state: InstanceState;
  transition?: { to: "AVAILABLE" | "STOPPED"; restart: boolean };
}

/** Settings whose change only the control plane notices. */
const metadata = new Set<string>(["custom_tags", "retention_window_in_days", "usage_policy_id"]);

/** Decides what an update does; the instance is AVAILABLE or STOPPED. */
export function effectOfUpdate(
  state: InstanceState,
  before: InstanceSettings,
  after: InstanceSettings,
): UpdateEffect {
  const old = effectiveSettings(before);
  const now = effectiveSettings(after);
  if (state === "STOPPED") {
    // A stopped instance has no compute that could be resized: the new size counts from its next start.
    return now.stopped ? { state } : { state: "STARTING", transition: { to: "AVAILABLE", restart: false } };
  }
  if (now.stopped) return { state: "UPDATING", transition: { to: "STOPPED", restart: false } };
  const names = Object.keys(now) as (keyof typeof now)[];
  const touched = names.filter((name) => old[name] !== now[name] && !metadata.has(name));
  if (touched.length === 0) return { state };
  return { state: "UPDATING", transition: { to: "AVAILABLE", restart: touched.includes("capacity") } };
}

function dateTime(value: unknown, path: string): string[] {
  const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
  if (typeof value === "string" && form.test(value) && !Number.isNaN(Date.parse(value))) return [];
  return [`${path} must be an RFC 3339 time such as 2026-01-31T10:00:00Z, not ${JSON.stringify(value)}`];
}

function tags(value: unknown, path: string): string[] {
  const key = text({ form: /^[^\s](.{0,125}[^\s])?$/u, described: "1 to 127 characters" });
  const tag = object({ key, value: text({ form: /^.{0,256}$/su, described: "at most 256 characters" }) }, [
    "key",
  ]);
  const problems = list(tag)(value, path);
  if (problems.length > 0) return problems;
  const keys = (value as { key: string }[]).map((item) => item.key);
  const twice = keys.find((item, index) => keys.indexOf(item) !== index);
  return twice === undefined ? [] : [`${path} has the key ${JSON.stringify(twice)} more than once`];
}
