// Rules for a database instance: every mistake in its arguments, found before anything is sent.
import { capacitiesInWords, isCapacity, suggestCapacity } from "./capacity.ts";
import { checkInstanceName } from "./names.ts";
import { type Problem, showValue } from "./problems.ts";

/** Nodes of one instance: 1 is without high availability. Source: the service's API. */
export const nodeCountRange = { minimum: 1, maximum: 3 } as const;
/** Days of point-in-time recovery. Source: the service's API. */
export const retentionWindowRange = { minimum: 2, maximum: 35, default: 7 } as const;

/** What a point-in-time clone is cut from. */
export interface ParentSpecification {
  name?: unknown;
  branchTime?: unknown;
  lsn?: unknown;
}

/**
 * The arguments of an instance as far as they are known; a member left out is not checked,
 * because in a preview it may be a value that only the deployment will bring.
 */
export interface InstanceSpecification {
  name?: unknown;
  capacity?: unknown;
  stopped?: unknown;
  nodeCount?: unknown;
  enableReadableSecondaries?: unknown;
  enablePgNativeLogin?: unknown;
  retentionWindowInDays?: unknown;
  customTags?: unknown;
  usagePolicyId?: unknown;
  parent?: unknown;
}

/** Every problem of an instance's arguments. `now` is only needed to refuse a clone of the future. */
export function checkInstance(specification: InstanceSpecification, now: Date = new Date()): Problem[] {
  const { name, capacity, nodeCount, retentionWindowInDays, customTags, usagePolicyId, parent } =
    specification;
  return [
    ...(name === undefined ? [] : checkInstanceName("name", name)),
    ...(capacity === undefined ? [] : checkCapacity("capacity", capacity)),
    ...(["stopped", "enableReadableSecondaries", "enablePgNativeLogin"] as const).flatMap((path) =>
      checkBoolean(path, specification[path]),
    ),
    ...checkWholeNumber("nodeCount", nodeCount, nodeCountRange, "node"),
    ...checkWholeNumber("retentionWindowInDays", retentionWindowInDays, retentionWindowRange, "day"),
    ...checkReadableSecondaries(specification),
    ...(customTags === undefined ? [] : checkTags("customTags", customTags)),
    ...checkUsagePolicy(usagePolicyId),
    ...(parent === undefined ? [] : checkParent(parent, name, now)),
  ];
}

/** Rule for a capacity tier. */
export function checkCapacity(path: string, value: unknown): Problem[] {
  if (isCapacity(value)) return [];
  const suggestion = suggestCapacity(value);
  const fix = suggestion === undefined ? "choose by the size of the working set" : `use "${suggestion}"`;
  return [{ path, reason: "is not a capacity tier", value, allowed: capacitiesInWords, fix }];
}

function checkBoolean(path: string, value: unknown): Problem[] {
  if (value === undefined || typeof value === "boolean") return [];
  return [
    {
      path,
      reason: "is neither true nor false",
      value,
      allowed: "true, false",
      fix: "write it without quotes",
    },
  ];
}

function checkWholeNumber(
  path: string,
  value: unknown,
  range: { minimum: number; maximum: number },
  unit: string,
): Problem[] {
  if (value === undefined) return [];
  const { minimum, maximum } = range;
  if (Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum) return [];
  const allowed = `a whole number of ${unit}s from ${minimum} to ${maximum}`;
  const nearest =
    typeof value === "number" && Number.isFinite(value)
      ? Math.min(maximum, Math.max(minimum, Math.round(value)))
      : minimum;
  return [
    {
      path,
      reason: typeof value === "number" ? "is out of range" : "is not a whole number",
      value,
      allowed,
      fix: `use ${nearest}`,
    },
  ];
}

function checkReadableSecondaries({
  enableReadableSecondaries,
  nodeCount,
}: InstanceSpecification): Problem[] {
  if (enableReadableSecondaries !== true) return [];
  // An unset node count means one node, and one node has no secondary that could be read.
  if (nodeCount !== undefined && nodeCount !== 1) return [];
  return [
    {
      path: "enableReadableSecondaries",
      reason: `needs a second node, and nodeCount is ${nodeCount === undefined ? "unset, which means 1" : "1"}`,
      value: true,
      allowed: "true with nodeCount 2 or 3",
      fix: "set nodeCount to 2, or leave enableReadableSecondaries out",
    },
  ];
}

/** Rule for tags: a plain object of texts. */
export function checkTags(path: string, value: unknown): Problem[] {
  const allowed = 'an object of texts, for example { team: "payments" }';
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [{ path, reason: "is not an object", value, allowed, fix: "write tags as key: value" }];
  }
  return Object.entries(value).flatMap(([key, text]): Problem[] => {
    if (key.trim() === "" || key !== key.trim()) {
      return [
        {
          path: `${path}[${showValue(key)}]`,
          reason: "has an empty key, or one with spaces around it",
          value: key,
          allowed,
          fix: "give the tag a key without spaces around it",
        },
      ];
    }
    if (text === undefined || typeof text === "string") return [];
    return [
      {
        path: `${path}.${key}`,
        reason: "is not a text",
        value: text,
        allowed,
        fix: typeof text === "object" ? "give it a text" : `write it in quotes: ${showValue(String(text))}`,
      },
    ];
  });
}

function checkUsagePolicy(value: unknown): Problem[] {
  if (value === undefined || (typeof value === "string" && value.trim() !== "")) return [];
  return [
    {
      path: "usagePolicyId",
      reason: "is not the id of a usage policy",
      value,
      allowed: "the id as the workspace shows it",
      fix: "give the id, or leave usagePolicyId out",
    },
  ];
}

function checkParent(parent: unknown, ownName: unknown, now: Date): Problem[] {
  if (typeof parent !== "object" || parent === null || Array.isArray(parent)) {
    return [
      {
        path: "parent",
        reason: "is not an object",
        value: parent,
        allowed: "{ name, branchTime } or { name, lsn } or { name }",
        fix: 'write parent as { name: "orders" }',
      },
    ];
  }
  const { name, branchTime, lsn } = parent as ParentSpecification;
  const problems: Problem[] = name === undefined ? [] : checkInstanceName("parent.name", name);
  if (name !== undefined && name === ownName) {
    problems.push({
      path: "parent.name",
      reason: "is the instance itself",
      value: name,
      allowed: "the name of another instance",
      fix: "give the clone a name of its own",
    });
  }
  if (branchTime !== undefined && lsn !== undefined) {
    problems.push({
      path: "parent",
      reason: "has both a branchTime and an lsn",
      value: parent,
      allowed: "one of the two, or neither for the present state",
      fix: "remove one of them",
    });
  }
  if (branchTime !== undefined) problems.push(...checkBranchTime(branchTime, now));
  if (lsn !== undefined && !(typeof lsn === "string" && /^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/.test(lsn))) {
    problems.push({
      path: "parent.lsn",
      reason: "is not a log sequence number",
      value: lsn,
      allowed: 'two hexadecimal numbers, for example "0/16B3748"',
      fix: "take it from SELECT pg_current_wal_lsn() on the parent",
    });
  }
  return problems;
}

const timestampPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function checkBranchTime(value: unknown, now: Date): Problem[] {
  const path = "parent.branchTime";
  const allowed = 'a time with its zone, for example "2026-01-31T10:00:00Z"';
  const time = typeof value === "string" && timestampPattern.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time))
    return [{ path, reason: "is not a time with a zone", value, allowed, fix: "write it in RFC 3339 form" }];
  if (time > now.getTime())
    return [
      {
        path,
        reason: "lies in the future",
        value,
        allowed: "a time in the past",
        fix: "leave branchTime out to clone the present state",
      },
    ];
  return [];
}
