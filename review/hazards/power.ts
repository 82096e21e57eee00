// What starting and stopping an instance means.
import { after, quoted, turns } from "./reading.ts";
import type { ChangeRule } from "./types.ts";

/** The dynamic resource that the component uses, and the plain resource's own switch. */
const kinds = ["power", "instance"] as const;

/** Rules of an instance's power. */
export const powerRules: readonly ChangeRule[] = [
  {
    id: "instance-stopped",
    severity: "needs-attention",
    topic: "downtime",
    kinds,
    find: (change) =>
      turns(change, "stopped", false, true)
        ? `instance ${quoted(change.newName)} stops: every connection ends and new ones are refused until it is started again; the data is kept`
        : undefined,
  },
  {
    id: "instance-started",
    severity: "information",
    topic: "downtime",
    kinds,
    find: (change) =>
      turns(change, "stopped", true, false)
        ? `instance ${quoted(change.newName)} starts and takes connections again`
        : undefined,
  },
  {
    id: "created-and-stopped",
    severity: "information",
    topic: "downtime",
    kinds: ["power"],
    find: (change) =>
      change.operation === "create" && after(change, "stopped") === true
        ? `instance ${quoted(change.newName)} is created and then stopped: it refuses connections`
        : undefined,
  },
];
