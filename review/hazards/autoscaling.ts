// What changes of the autoscaling family mean: projects, branches, their endpoints and databases.
import { after, before, differs, goes, quoted, refused, updated } from "./reading.ts";
import type { ChangeRule } from "./types.ts";

const retention = "spec.historyRetentionDuration";

/** Rules of the autoscaling family. */
export const autoscalingRules: readonly ChangeRule[] = [
  {
    id: "project-deleted",
    severity: "destroys-data",
    topic: "data",
    kinds: ["project"],
    find: (change, context) =>
      goes(change) && !refused(change, context)
        ? `project ${quoted(change.name)} is deleted with all its branches and databases`
        : undefined,
  },
  {
    id: "branch-deleted",
    severity: "destroys-data",
    topic: "data",
    kinds: ["branch"],
    find: (change, context) =>
      goes(change) && !refused(change, context)
        ? `branch ${quoted(change.name)} is deleted with whatever was written to it`
        : undefined,
  },
  {
    id: "database-deleted",
    severity: "destroys-data",
    topic: "data",
    kinds: ["database"],
    find: (change, context) =>
      goes(change) && !refused(change, context)
        ? `database ${quoted(change.name)} is dropped with its tables`
        : undefined,
  },
  {
    id: "endpoint-removed",
    severity: "needs-attention",
    topic: "downtime",
    kinds: ["endpoint"],
    find: (change) =>
      goes(change)
        ? `endpoint ${quoted(change.name)} goes away: its host name refuses connections`
        : undefined,
  },
  {
    id: "autoscaling-cost",
    severity: "information",
    topic: "cost",
    kinds: ["project", "branch", "endpoint"],
    find: (change) =>
      change.operation === "create" || goes(change)
        ? "what a project costs depends on its use, and is not in the figures"
        : undefined,
  },
  {
    id: "project-window-shortened",
    severity: "needs-attention",
    topic: "data",
    kinds: ["project"],
    find: (change) => {
      const [from, to] = [seconds(before(change, retention)), seconds(after(change, retention))];
      return updated(change) &&
        differs(change, retention) &&
        from !== undefined &&
        to !== undefined &&
        to < from
        ? `history of project ${quoted(change.name)} older than ${quoted(after(change, retention))} is given up for good; the present data is kept`
        : undefined;
    },
  },
];

const unitSeconds: Record<string, number> = { h: 3600, m: 60, s: 1 };

/** Seconds of a duration such as `604800s` or `168h`. */
function seconds(duration: unknown): number | undefined {
  const parts = [...String(duration).matchAll(/(\d+(?:\.\d+)?)([hms])/g)];
  if (parts.length === 0) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * unitSeconds[unit!]!, 0);
}
