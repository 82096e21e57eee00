// What changes of an instance's settings mean: size, nodes, logins, recovery window.
import { after, before, differs, quoted, turns, updated } from "./reading.ts";
import { whateverChangesThem } from "./settings-by-power.ts";
import type { ChangeRule } from "./types.ts";

const kinds = ["instance"] as const;

const rules: readonly ChangeRule[] = [
  {
    id: "instance-resized",
    severity: "needs-attention",
    topic: "downtime",
    kinds,
    find: (change) =>
      updated(change) && differs(change, "capacity") && after(change, "capacity") !== undefined
        ? `the compute of ${quoted(change.name)} restarts: open connections end and must be made again; the data is kept`
        : undefined,
  },
  {
    id: "instance-shrunk",
    severity: "needs-attention",
    topic: "downtime",
    kinds,
    find: (change) => {
      const [from, to] = [units(before(change, "capacity")), units(after(change, "capacity"))];
      return updated(change) && from !== undefined && to !== undefined && to < from
        ? `memory of each node of ${quoted(change.name)} falls from ${from * 16} to ${to * 16} GB: a working set that no longer fits makes queries slower`
        : undefined;
    },
  },
  {
    id: "nodes-changed",
    severity: "needs-attention",
    topic: "downtime",
    kinds,
    find: (change) =>
      updated(change) && differs(change, "nodeCount") && after(change, "nodeCount") !== undefined
        ? `nodes of ${quoted(change.name)} are added or removed: sessions on them may end`
        : undefined,
  },
  {
    id: "high-availability-lost",
    severity: "needs-attention",
    topic: "downtime",
    kinds,
    find: (change) =>
      updated(change) &&
      Number(before(change, "nodeCount") ?? 1) > 1 &&
      Number(after(change, "nodeCount")) === 1
        ? `one node is left: from now on its failure is an outage of ${quoted(change.name)}`
        : undefined,
  },
  {
    id: "readable-secondaries-off",
    severity: "needs-attention",
    topic: "downtime",
    kinds,
    find: (change) =>
      turns(change, "enableReadableSecondaries", true, false)
        ? `the read-only host name of ${quoted(change.name)} goes away: readers that use it are refused`
        : undefined,
  },
  {
    id: "readable-secondaries-on",
    severity: "information",
    topic: "access",
    kinds,
    find: (change) =>
      turns(change, "enableReadableSecondaries", false, true)
        ? `${quoted(change.name)} gets a read-only host name, of its secondaries`
        : undefined,
  },
  {
    id: "native-login-on",
    severity: "needs-attention",
    topic: "access",
    kinds,
    find: (change) =>
      turns(change, "enablePgNativeLogin", false, true)
        ? `PostgreSQL roles with passwords of their own may log in to ${quoted(change.name)}, past the workspace's identities`
        : undefined,
  },
  {
    id: "native-login-off",
    severity: "needs-attention",
    topic: "access",
    also: ["downtime"],
    kinds,
    find: (change) =>
      turns(change, "enablePgNativeLogin", true, false)
        ? `PostgreSQL roles with passwords of their own can no longer log in to ${quoted(change.name)}`
        : undefined,
  },
  {
    id: "retention-shortened",
    severity: "needs-attention",
    topic: "data",
    kinds,
    find: (change) => {
      const [from, to] = [
        before(change, "retentionWindowInDays") ?? 7,
        after(change, "retentionWindowInDays"),
      ];
      return updated(change) && typeof to === "number" && to < Number(from)
        ? `recovery points of ${quoted(change.name)} older than ${to} days are given up for good: the window shrinks from ${from} to ${to} days; the present data is kept`
        : undefined;
    },
  },
  {
    id: "retention-lengthened",
    severity: "information",
    topic: "data",
    kinds,
    find: (change) => {
      const [from, to] = [
        before(change, "retentionWindowInDays") ?? 7,
        after(change, "retentionWindowInDays"),
      ];
      return updated(change) && typeof to === "number" && to > Number(from)
        ? `recovery points of ${quoted(change.name)} are kept for ${to} days instead of ${from}, from now on; more history is stored`
        : undefined;
    },
  },
  {
    id: "usage-policy-changed",
    severity: "information",
    topic: "cost",
    kinds,
    find: (change) =>
      updated(change) && differs(change, "usagePolicyId")
        ? `the costs of ${quoted(change.name)} are booked on another usage policy`
        : undefined,
  },
];

/** Rules of an instance's settings. */
export const instanceSettingRules: readonly ChangeRule[] = rules.map(whateverChangesThem);

/** Capacity units of a tier. */
export function units(capacity: unknown): number | undefined {
  const digits = /^CU_(\d+)$/.exec(String(capacity))?.[1];
  return digits === undefined ? undefined : Number(digits);
}
