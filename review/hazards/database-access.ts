// What changes of the components' own access resources mean: they only ever take back what they made.
import type { Change } from "../model/changes.ts";
import { inWords } from "../model/values.ts";
import { goes, quoted, updated } from "./reading.ts";
import type { ChangeRule } from "./types.ts";

const paths = { "own-permissions": "permissions", "database-access": "principals" } as const;
const kinds = ["own-permissions", "database-access"] as const;

/** Rules of LakebaseAccess. */
export const databaseAccessRules: readonly ChangeRule[] = [
  {
    id: "access-withdrawn",
    severity: "needs-attention",
    topic: "access",
    also: ["downtime"],
    kinds,
    find: (change) => {
      const lost = goes(change) ? entries(change, "before") : missing(change, "before", "after");
      return lost.length > 0 ? `taken back, where it was made here: ${told(lost)}` : undefined;
    },
  },
  {
    id: "access-given",
    severity: "needs-attention",
    topic: "access",
    kinds,
    find: (change) => {
      const given =
        change.operation === "create" ? entries(change, "after") : missing(change, "after", "before");
      return (change.operation === "create" || updated(change)) && given.length > 0
        ? `given: ${told(given)}`
        : undefined;
    },
  },
];

/** Each entry in words; nothing when the list is not known. */
function entries(change: Change, side: "before" | "after"): string[] {
  const value = change[side](paths[change.kind as keyof typeof paths]);
  if (value?.known !== true || !Array.isArray(value.value)) return [];
  return value.value.map((entry: unknown) => inWords({ known: true, value: [entry] }));
}

function missing(change: Change, from: "before" | "after", other: "before" | "after"): string[] {
  if (!updated(change) || change.after(paths[change.kind as keyof typeof paths])?.known === false) return [];
  const others = new Set(entries(change, other));
  return entries(change, from).filter((entry) => !others.has(entry));
}

function told(list: readonly string[]): string {
  return list.map(quoted).join(", ");
}
