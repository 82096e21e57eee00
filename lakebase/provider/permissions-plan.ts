// What to change in an instance's list of permissions so that our entries hold and nobody else's are touched. Pure.
import type { PermissionEntry } from "../workspace/index.ts";

/** An entry that was made or raised here, and the level that was there before: empty for none. */
export interface MadePermission extends PermissionEntry {
  before: string;
}

/** What to do. */
export interface PermissionsPlan {
  /** Entries to add, or to give another level. */
  changes: PermissionEntry[];
  /** Entries to remove. */
  removals: PermissionEntry[];
  /** The whole list afterwards. */
  list: PermissionEntry[];
  /** The record afterwards. */
  made: MadePermission[];
}

/** Tells two principals apart, as the service does: a user's and a service principal's name are one space. */
export function principalKey({ field, principal }: Pick<PermissionEntry, "field" | "principal">): string {
  return `${field === "group_name" ? "group" : "identity"}:${principal.toLowerCase()}`;
}

/**
 * Makes the plan. An entry that already gives as much is somebody else's and is left alone; one that gives less is
 * raised, and goes back to what it was afterwards; one that somebody changed after us is theirs.
 */
export function planPermissions(
  wanted: readonly PermissionEntry[],
  made: readonly MadePermission[],
  present: readonly PermissionEntry[],
  shared: (key: string) => boolean = () => false,
): PermissionsPlan {
  const now = byKey(present);
  const own = byKey(made);
  const asked = byKey(wanted);
  const plan: PermissionsPlan = { changes: [], removals: [], list: [], made: [] };
  for (const [key, entry] of asked) {
    // The admins manage every instance by inheritance, and the service refuses an entry for them.
    if (key === "group:admins") continue;
    const level = now.get(key)?.level ?? "";
    const before = own.get(key)?.before ?? level;
    if (!own.has(key) && rank(level) >= rank(entry.level)) continue;
    const target = { ...entry, level: rank(before) > rank(entry.level) ? before : entry.level };
    plan.made.push({ ...target, before });
    if (target.level !== level) plan.changes.push(target);
  }
  for (const [key, entry] of own) {
    if (asked.has(key) || shared(key) || now.get(key)?.level !== entry.level) continue;
    const { field, principal, before } = entry;
    if (before === "") plan.removals.push({ field, principal, level: entry.level });
    else if (before !== entry.level) plan.changes.push({ field, principal, level: before });
  }
  const removed = byKey(plan.removals);
  const result = new Map([...now, ...byKey(plan.changes)]);
  plan.list = [...result].filter(([key]) => !removed.has(key)).map(([, entry]) => entry);
  return plan;
}

function byKey<T extends PermissionEntry>(entries: readonly T[]): Map<string, T> {
  return new Map(entries.map((entry) => [principalKey(entry), entry]));
}

/** A level that this version does not know gives nothing that can be relied on. */
function rank(level: string): number {
  return ["", "CAN_USE", "CAN_MANAGE"].indexOf(level);
}
