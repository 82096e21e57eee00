// Policies about one instance.
import {
  capacityTiers,
  isCapacity,
  nodeCountRange,
  retentionWindowRange,
} from "../../lakebase/rules/index.ts";
import {
  instanceName,
  instanceType,
  isProduction,
  isUnknown,
  known,
  type ProductionConfig,
  powerType,
  productionSettings,
} from "../reading.ts";
import type { Resource, ResourcePolicy } from "../types.ts";

const isInstance = ({ type }: Resource) => type === instanceType;

/** A production instance cannot be deleted by accident. */
export const deletionProtection: ResourcePolicy<ProductionConfig> = {
  scope: "resource",
  name: "lakebase-deletion-protection",
  description: "Production instances are protected from deletion.",
  reason: "an unprotected instance is deleted with all its data by a rename or by a removed line",
  fix: "leave the component's protection on, or set `protect: true` in the resource options",
  level: "mandatory",
  settings: productionSettings,
  check: (resource, config) =>
    isInstance(resource) && isProduction(resource, config) && !resource.protect
      ? [`instance "${instanceName(resource)}" is not protected`]
      : [],
};

/** Largest tier and number of nodes. */
export interface CapacityConfig {
  maximumCapacity: string;
  maximumNodes: number;
}

/** Nobody orders the largest tier without being asked. */
export const capacityCeiling: ResourcePolicy<CapacityConfig> = {
  scope: "resource",
  name: "lakebase-capacity-ceiling",
  description: "Instances are not larger than agreed.",
  reason: "each step up doubles the price per hour of every node",
  fix: "choose a smaller tier or fewer nodes, or have the ceiling raised in the policy's configuration",
  level: "mandatory",
  settings: {
    maximumCapacity: {
      type: "string",
      enum: capacityTiers.map(({ capacity }) => capacity),
      description: "Largest capacity tier.",
      default: "CU_4",
    },
    maximumNodes: {
      type: "integer",
      ...nodeCountRange,
      description: "Most nodes of an instance.",
      default: nodeCountRange.maximum,
    },
  },
  check: (resource, { maximumCapacity, maximumNodes }) => {
    if (!isInstance(resource)) return [];
    const [capacity, nodes] = [known(resource, "capacity"), known(resource, "nodeCount") ?? 1];
    const size = (tier: unknown) => capacityTiers.findIndex((one) => one.capacity === tier);
    return [
      ...(isCapacity(capacity) && size(capacity) > size(maximumCapacity)
        ? [`instance "${instanceName(resource)}" has ${capacity}, and the ceiling is ${maximumCapacity}`]
        : []),
      ...(typeof nodes === "number" && nodes > maximumNodes
        ? [`instance "${instanceName(resource)}" has ${nodes} nodes, and the ceiling is ${maximumNodes}`]
        : []),
    ];
  },
};

/** Days that can be gone back. */
export interface RetentionConfig extends ProductionConfig {
  minimumDays: number;
}

/** A mistake in production is noticed later than after two days. */
export const retentionFloor: ResourcePolicy<RetentionConfig> = {
  scope: "resource",
  name: "lakebase-retention-floor",
  description: "Production instances can be recovered to any time within the agreed window.",
  reason: "a mistake that is noticed after the window has passed cannot be undone",
  fix: "set `retentionWindowInDays` to the floor or more",
  level: "mandatory",
  settings: {
    ...productionSettings,
    minimumDays: {
      type: "integer",
      minimum: retentionWindowRange.minimum,
      maximum: retentionWindowRange.maximum,
      description: "Fewest days of point-in-time recovery.",
      default: retentionWindowRange.default,
    },
  },
  check: (resource, config) => {
    if (
      !isInstance(resource) ||
      !isProduction(resource, config) ||
      isUnknown(resource, "retentionWindowInDays")
    )
      return [];
    const days = known(resource, "retentionWindowInDays") ?? retentionWindowRange.default;
    return typeof days === "number" && days < config.minimumDays
      ? [`instance "${instanceName(resource)}" keeps ${days} days, and the floor is ${config.minimumDays}`]
      : [];
  },
};

/** Production survives the loss of a node, and its readers need not burden the primary. */
export const readableSecondaries: ResourcePolicy<ProductionConfig> = {
  scope: "resource",
  name: "lakebase-readable-secondaries",
  description: "Production instances have a second node that can be read.",
  reason: "with one node, a failure or a resize is an outage",
  fix: "set `nodeCount` to 2 or 3 and `enableReadableSecondaries` to true",
  level: "advisory",
  settings: productionSettings,
  check: (resource, config) => {
    if (!isInstance(resource) || !isProduction(resource, config)) return [];
    const lacks = [
      ...(isUnknown(resource, "nodeCount") || Number(known(resource, "nodeCount") ?? 1) > 1
        ? []
        : ["has one node"]),
      ...(isUnknown(resource, "enableReadableSecondaries") ||
      known(resource, "enableReadableSecondaries") === true
        ? []
        : ["has no readable secondaries"]),
    ];
    return lacks.length === 0 ? [] : [`instance "${instanceName(resource)}" ${lacks.join(" and ")}`];
  },
};

/** Tags that must be there. */
export interface TagsConfig {
  requiredTags: string[];
}

/** Costs can be told apart. */
export const requiredTags: ResourcePolicy<TagsConfig> = {
  scope: "resource",
  name: "lakebase-required-tags",
  description: "Instances carry the agreed tags.",
  reason: "without them nobody can tell whose costs these are",
  fix: "add them to `customTags`",
  level: "advisory",
  settings: {
    requiredTags: {
      type: "array",
      items: { type: "string" },
      description: "Keys of the tags that every instance must have, with a value.",
      default: ["team"],
    },
  },
  check: (resource, config) => {
    if (!isInstance(resource) || isUnknown(resource, "customTags")) return [];
    const tags = known(resource, "customTags");
    const given = new Set(
      (Array.isArray(tags) ? tags : [])
        .filter(({ value }) => String(value ?? "") !== "")
        .map(({ key }) => key),
    );
    const missing = config.requiredTags.filter((key) => !given.has(key));
    return missing.length === 0
      ? []
      : [`instance "${instanceName(resource)}" lacks the tags ${missing.join(", ")}`];
  },
};

/** Everybody logs in with an identity of the workspace. */
export const noNativeLogin: ResourcePolicy<object> = {
  scope: "resource",
  name: "lakebase-no-native-login",
  description: "Nobody logs in with a password kept in PostgreSQL.",
  reason: "such a password does not expire, and does not end with a person's account in the workspace",
  fix: "leave `enablePgNativeLogin` out, and log in with a short-lived token of the workspace",
  level: "mandatory",
  settings: {},
  check: (resource) =>
    isInstance(resource) && known(resource, "enablePgNativeLogin") === true
      ? [`instance "${instanceName(resource)}" allows logins with passwords of its own`]
      : [],
};

/** Production runs. */
export const productionRuns: ResourcePolicy<ProductionConfig> = {
  scope: "resource",
  name: "lakebase-production-runs",
  description: "Production instances are not stopped.",
  reason: "a stopped instance refuses every connection",
  fix: "set `stopped` to false, or leave it out",
  level: "mandatory",
  settings: productionSettings,
  check: (resource, config) =>
    (isInstance(resource) || resource.type === powerType) &&
    isProduction(resource, config) &&
    known(resource, "stopped") === true
      ? [`instance "${instanceName(resource)}" is stopped`]
      : [],
};
