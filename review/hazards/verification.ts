// What changes of the connectivity check mean.
import { after, quoted } from "./reading.ts";
import type { ChangeRule } from "./types.ts";

const kinds = ["check"] as const;

/** Rules of the connectivity check. */
export const verificationRules: readonly ChangeRule[] = [
  {
    id: "verification-removed",
    severity: "needs-attention",
    topic: "verification",
    kinds,
    find: (change, { changes }) =>
      change.operation === "delete" &&
      !changes.some(
        ({ kind, name, operation }) => kind === "instance" && operation === "delete" && name === change.name,
      )
        ? `after this deployment nothing proves that ${quoted(change.name)} can be reached`
        : undefined,
  },
  {
    id: "verification-off",
    severity: "information",
    topic: "verification",
    kinds,
    find: (change) =>
      change.operation !== "delete" && change.operation !== "unchanged" && after(change, "stopped") === true
        ? "not connected to, because the instance is to be stopped"
        : undefined,
  },
  {
    id: "verification-repaired",
    severity: "needs-attention",
    topic: "verification",
    kinds,
    find: (change) =>
      change.failedBefore && change.operation === "update"
        ? `the last verification of ${quoted(change.newName)} failed; it is tried again`
        : undefined,
  },
  {
    id: "verification-runs",
    severity: "information",
    topic: "verification",
    kinds,
    find: (change) =>
      ["create", "update"].includes(change.operation) && after(change, "stopped") !== true
        ? "after the deployment a fresh credential is taken, TLS is checked, and the database is logged in to and queried"
        : undefined,
  },
];
