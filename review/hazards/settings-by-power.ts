// Settings that an instance gets through its power resource alone: those of a clone, or of one that was imported.
import type { Change } from "../model/changes.ts";
import type { ChangeRule } from "./types.ts";

const prefix = "settings.";

/**
 * The change of such settings as if it were the instance's own, for the rules to read; undefined where the instance
 * itself is changed, since its own change says all of it.
 */
export function settingsByPower(change: Change, changes: readonly Change[]): Change | undefined {
  if (change.kind !== "power" || change.operation !== "update") return undefined;
  const isTold = changes.some(
    ({ kind, operation, newName }) =>
      kind === "instance" && operation !== "unchanged" && newName === change.newName,
  );
  const properties = change.properties.flatMap((property) =>
    property.name.startsWith(prefix) ? [{ ...property, name: property.name.slice(prefix.length) }] : [],
  );
  if (isTold || properties.length === 0) return undefined;
  return {
    ...change,
    properties,
    before: (path) => change.before(`${prefix}${path}`),
    after: (path) => change.after(`${prefix}${path}`),
  };
}

/** The rule of an instance's settings, for whatever they are changed through. */
export function whateverChangesThem(rule: ChangeRule): ChangeRule {
  return {
    ...rule,
    kinds: [...rule.kinds, "power"],
    find(change, context) {
      const read = change.kind === "power" ? settingsByPower(change, context.changes) : change;
      return read === undefined ? undefined : rule.find(read, context);
    },
  };
}
