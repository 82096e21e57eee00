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
      return lost.length > 0
        ? `taken back ${where(change)}, if this stack gave it: ${told(lost, goes(change) ? [] : entries(change, "after"))}`
        : undefined;
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
        ? `given ${where(change)}: ${told(given)}`
        : undefined;
    },
  },
];

/** The entries; none when the list is not known. */
function entries(change: Change, side: "before" | "after"): unknown[] {
  const value = change[side](paths[change.kind as keyof typeof paths]);
  return value?.known === true && Array.isArray(value.value) ? value.value : [];
}

/** Longer than other values: what somebody may do is what the reviewer decides on. */
const longestEntry = 400;

function missing(change: Change, from: "before" | "after", other: "before" | "after"): unknown[] {
  if (!updated(change) || change.after(paths[change.kind as keyof typeof paths])?.known === false) return [];
  // By all of an entry: its words are cut where they are long, and do not tell everything.
  const others = new Set(entries(change, other).map((entry) => JSON.stringify(entry)));
  return entries(change, from).filter((entry) => !others.has(JSON.stringify(entry)));
}

/** With what takes an entry's place: who has more afterwards than before loses nothing. */
function told(list: readonly unknown[], instead: readonly unknown[] = []): string {
  const words = (entry: unknown) => quoted(inWords({ known: true, value: [entry] }, longestEntry));
  const texts = list.map((entry) => {
    const next = instead.find((other) => sameName(other, entry));
    return next === undefined ? words(entry) : `${words(entry)} (instead ${words(next)})`;
  });
  return texts.join(", ");
}

function sameName(left: unknown, right: unknown): boolean {
  const [one, other] = [left, right].map((entry) => (entry ?? {}) as { name?: unknown; type?: unknown });
  return one!.name !== undefined && one!.name === other!.name && one!.type === other!.type;
}

function where({ kind, newName }: Change): string {
  return `${kind === "own-permissions" ? "on" : "in"} ${quoted(newName)}`;
}
