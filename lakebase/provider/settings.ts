// The settings of an instance that a program decides on, compared with those that are in force.
import type { DatabaseInstance, InstanceChanges } from "../workspace/index.ts";

/** The settings as the component names them; what is left out is not compared. */
export interface SettingsInputs {
  capacity?: string;
  nodeCount?: number;
  enableReadableSecondaries?: boolean;
  enablePgNativeLogin?: boolean;
  retentionWindowInDays?: number;
  customTags?: Record<string, string>;
  usagePolicyId?: string;
}

/** What the workspace's client calls each of them. */
export const namesOfTheWorkspace = {
  capacity: "capacity",
  nodeCount: "nodeCount",
  enableReadableSecondaries: "readableSecondaries",
  enablePgNativeLogin: "pgNativeLogin",
  retentionWindowInDays: "retentionWindowInDays",
  customTags: "customTags",
  usagePolicyId: "usagePolicyId",
} as const satisfies Record<keyof SettingsInputs, keyof InstanceChanges>;

const names = Object.keys(namesOfTheWorkspace) as (keyof SettingsInputs)[];

/** What has to be changed so that the wanted settings are in force. What the service does not tell is not compared. */
export function missingSettings(wanted: SettingsInputs, instance: DatabaseInstance): InstanceChanges {
  const changes = names.flatMap((name) => {
    const inForce = instance[namesOfTheWorkspace[name]];
    if (wanted[name] === undefined || inForce === undefined || equal(wanted[name], inForce)) return [];
    return [[namesOfTheWorkspace[name], wanted[name]]];
  });
  return Object.fromEntries(changes) as InstanceChanges;
}

/** The wanted settings, each with the value that is in force instead where that differs. */
export function settingsInForce(wanted: SettingsInputs, instance: DatabaseInstance): SettingsInputs {
  const missing = missingSettings(wanted, instance);
  const drifted = names
    .filter((name) => Object.hasOwn(missing, namesOfTheWorkspace[name]))
    .map((name) => [name, instance[namesOfTheWorkspace[name]]]);
  return { ...wanted, ...Object.fromEntries(drifted) };
}

function equal(left: unknown, right: unknown): boolean {
  if (typeof left !== "object" || typeof right !== "object") return left === right;
  return JSON.stringify(sorted(left as object)) === JSON.stringify(sorted(right as object));
}

function sorted(tags: object): unknown[] {
  return Object.entries(tags).sort(([left], [right]) => (left < right ? -1 : 1));
}
