// The words and signs that all forms of a review share.

import { unitsInWords } from "../answers.ts";
import type { HourlyCost } from "../cost/cost.ts";
import type { PriceTable } from "../cost/price-table.ts";
import type { Severity } from "../hazards/index.ts";
import { type Change, compare, type Operation } from "../model/changes.ts";
import { inWords } from "../model/values.ts";
import type { OtherChange, Verdict } from "../review.ts";

/** A verdict in words. */
export const verdictInWords: Record<Verdict, string> = {
  safe: "Safe",
  "needs-attention": "Needs attention",
  "destroys-data": "Destroys data",
};

/** A severity as a sign. */
export const signs: Record<Severity, string> = {
  information: "🟢",
  "needs-attention": "🟡",
  "destroys-data": "🔴",
};

/** A verdict as a sign. */
export const verdictSigns: Record<Verdict, string> = { ...signs, safe: signs.information };

/** An operation in words. */
export const operationInWords: Record<Operation, string> = {
  create: "created",
  update: "changed",
  replace: "replaced",
  delete: "deleted",
  forget: "let go of",
  import: "imported",
  unchanged: "unchanged",
};

/** The name of what changes: `instance orders → orders-eu`. */
export function subject({ title, name, newName }: Change): { title: string; name: string } {
  return { title, name: name === newName ? name : `${name} → ${newName}` };
}

/** What differs, each as label, before and after in words; nothing for what is created or deleted as a whole. */
export function differences(change: Change): { label: string; before: string; after: string }[] {
  if (!["update", "replace"].includes(change.operation)) return [];
  return change.properties.map(({ label, before, after }) => ({
    label,
    before: inWords(before),
    after: inWords(after),
  }));
}

/** The properties of a change as the details list them: one side of what comes or goes, both of what changes. */
export function details(change: Change): { label: string; values: string[] }[] {
  return change.properties.map(({ label, before, after }) => ({
    label,
    values: ["create", "import"].includes(change.operation)
      ? [inWords(after)]
      : ["delete", "forget"].includes(change.operation)
        ? [inWords(before)]
        : [inWords(before), inWords(after)],
  }));
}

/** What an hour costs. */
export function hourInWords(cost: HourlyCost, prices: PriceTable | undefined): string {
  if (!cost.known) return "known after deployment";
  if (cost.units === 0) return "none";
  const compute = unitsInWords(cost.units);
  if (prices === undefined) return compute;
  return cost.price === undefined
    ? `${compute} (no price)`
    : `${cost.price.toFixed(2)} ${prices.currency} (${compute})`;
}

/** `2 to create, 1 to delete`. */
export function countsOf(others: readonly OtherChange[]): string {
  const counts = Map.groupBy(others, ({ operation }) => operationInWords[operation]);
  return [...counts]
    .sort(([left], [right]) => compare(left, right))
    .map(([operation, entries]) => `${entries.length} ${operation}`)
    .join(", ");
}
