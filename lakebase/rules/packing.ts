// Which synced tables share a pipeline: as few pipelines as the rules allow.
import type { Problem } from "./problems.ts";

/** How many tables a pipeline may have, by policy; a policy left out has no limit. */
export type PipelineLimits = Readonly<Record<string, number>>;

/** The service's guidance: about ten CONTINUOUS tables share a pipeline well. The other policies have no limit. */
export const defaultPipelineLimits: PipelineLimits = { CONTINUOUS: 10 };

/** What the packing of one table depends on. */
export interface PackedTable {
  /** The table's own key, which never changes. */
  key: string;
  policy: string;
  /** The pipeline that the program names for it; without one it is packed. */
  pipeline?: string | undefined;
}

/** One pipeline of the packing. */
export interface PackedPipeline {
  /** Its name within the program, unique over all policies. */
  name: string;
  policy: string;
  /** Keys of its tables; the first one makes the pipeline and the others join it. */
  tables: string[];
}

/**
 * Packs tables into pipelines. A table with a `pipeline` of its own goes there, whatever else the list holds.
 * The others of one policy fill the room of `<policy>-1`, `<policy>-2`, … in the order of the list, each up to
 * the limit: the fewest that there can be. Appending a table therefore moves none; and where a policy has no
 * limit, or a table names its pipeline, removing another one moves none either. For the rest the component sees
 * to it that every table that exists stays where it is, so that a shift in the list changes nothing.
 */
export function packTables(
  tables: readonly PackedTable[],
  limits: PipelineLimits = defaultPipelineLimits,
): PackedPipeline[] {
  const pipelines = new Map<string, PackedPipeline>();
  const sizes = new Map<string, number>();
  const grow = (id: string): void => void sizes.set(id, (sizes.get(id) ?? 0) + 1);
  for (const { policy, pipeline } of tables) if (pipeline !== undefined) grow(idOf(policy, pipeline));
  for (const { key, policy, pipeline } of tables) {
    const name = pipeline ?? nameWithRoom(policy, limitOf(policy, limits), sizes);
    const id = idOf(policy, name);
    if (pipeline === undefined) grow(id);
    const found = pipelines.get(id) ?? { name, policy, tables: [] };
    found.tables.push(key);
    pipelines.set(id, found);
  }
  return [...pipelines.values()];
}

const idOf = (policy: string, name: string): string => `${policy} ${name}`;

/** A limit that leaves room for no table at all is a mistake of its own, and no limit. */
function limitOf(policy: string, limits: PipelineLimits): number {
  const limit = limits[policy] ?? Number.POSITIVE_INFINITY;
  return limit >= 1 ? limit : Number.POSITIVE_INFINITY;
}

function nameWithRoom(policy: string, limit: number, sizes: ReadonlyMap<string, number>): string {
  for (let number = 1; ; number += 1) {
    // A policy that is no text is told by the table's own rule.
    const name = `${String(policy).toLowerCase()}-${number}`;
    if ((sizes.get(idOf(policy, name)) ?? 0) < limit) return name;
  }
}

/** Every problem of a packing: a pipeline with two policies, one that is over its limit. */
export function checkPacking(
  tables: readonly PackedTable[],
  limits: PipelineLimits = defaultPipelineLimits,
): Problem[] {
  const pipelines = packTables(tables, limits);
  return [...pipelines.flatMap((pipeline) => checkRoom(pipeline, limits)), ...checkPolicies(pipelines)];
}

function checkRoom({ name, policy, tables }: PackedPipeline, limits: PipelineLimits): Problem[] {
  const limit = limitOf(policy, limits);
  if (tables.length <= limit) return [];
  return [
    {
      path: `pipeline "${name}"`,
      reason: `has ${tables.length} ${policy} tables`,
      allowed: `at most ${limit}`,
      fix: `name another pipeline for ${tables.slice(limit).join(", ")}, or leave the pipeline out to have them packed`,
    },
  ];
}

/** The tables of a pipeline have one policy. */
function checkPolicies(pipelines: readonly PackedPipeline[]): Problem[] {
  const byName = Map.groupBy(pipelines, ({ name }) => name);
  return [...byName.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined || same.length === 1) return [];
    const found = same.map(({ policy, tables }) => `${policy}: ${tables.join(", ")}`).join("; ");
    return [
      {
        path: `pipeline "${first.name}"`,
        reason: `has tables of ${same.length} policies (${found})`,
        allowed: "tables of one policy",
        fix: "give the tables of each policy a pipeline of their own",
      },
    ];
  });
}

/** Problems of the limits themselves. */
export function checkPipelineLimits(path: string, limits: unknown): Problem[] {
  const allowed = "a whole number above 0 for SNAPSHOT, TRIGGERED or CONTINUOUS";
  if (typeof limits !== "object" || limits === null || Array.isArray(limits))
    return [
      { path, reason: "is not an object", value: limits, allowed, fix: "write it like { CONTINUOUS: 10 }" },
    ];
  return Object.entries(limits).flatMap(([policy, limit]) => {
    const known = ["SNAPSHOT", "TRIGGERED", "CONTINUOUS"].includes(policy);
    if (known && Number.isInteger(limit) && limit > 0) return [];
    const reason = known ? "is not a number of tables" : "is not a policy";
    return [{ path: `${path}.${policy}`, reason, value: limit, allowed, fix: "correct it, or leave it out" }];
  });
}
