// Changes of an instance, from the harmless to the loss of its data.
import { DatabaseInstance } from "@pulumi/databricks/databaseInstance.js";
import { ConnectivityCheck } from "../../../components/index.ts";
import { database } from "./database.ts";
import type { Scenario } from "./types.ts";

const twoNodes = { nodeCount: 2, enableReadableSecondaries: true };

/** A clone without the component, which would delete the old one first. */
function cloned(branchTime: string): DatabaseInstance {
  const parentInstanceRef = { name: "production", branchTime };
  return new DatabaseInstance("drill", { name: "drill", capacity: "CU_1", parentInstanceRef });
}

/** By the name of the recording. */
export const instances: Record<string, Scenario> = {
  "instance-created": { after: () => database({ nodeCount: 2, customTags: { team: "shop" } }) },
  "nothing-changed": { before: () => database(), after: () => database() },
  "instance-resized": { before: () => database(), after: () => database({ capacity: "CU_4" }) },
  "instance-shrunk": {
    before: () => database({ capacity: "CU_8" }),
    after: () => database({ capacity: "CU_2" }),
  },
  "instance-renamed": {
    before: () => database(),
    after: () => database({ name: "orders-eu", allowReplacementOf: "orders" }),
  },
  "instance-rename-refused": { before: () => database(), after: () => database({ name: "orders-eu" }) },
  "instance-renamed-protected": {
    before: () => database({ protect: true }),
    after: () => database({ protect: true, name: "orders-eu", allowReplacementOf: "orders" }),
  },
  "instance-renamed-in-place": {
    before: () => new DatabaseInstance("plain", { name: "plain", capacity: "CU_1" }),
    after: () => new DatabaseInstance("plain", { name: "other", capacity: "CU_1" }),
  },
  "instance-deleted": { before: () => database(), after: () => undefined },
  "instance-deleted-protected": { before: () => database({ protect: true }), after: () => undefined },
  "instance-deleted-retained": {
    before: () =>
      new DatabaseInstance("plain", { name: "plain", capacity: "CU_2" }, { retainOnDelete: true }),
    after: () => undefined,
  },
  "instance-with-clones-deleted": {
    before: () => new DatabaseInstance("plain", { name: "plain", capacity: "CU_1" }),
    after: () => undefined,
    deployed: (_type, outputs) => ({ ...outputs, childInstanceRefs: [{ name: "plain-drill" }] }),
  },
  "instance-moved-without-alias": {
    before: () => new DatabaseInstance("plain", { name: "orders", capacity: "CU_1" }),
    after: () => database(),
  },
  "instance-in-another-workspace": {
    before: () => database(),
    after: () => database(),
    deployed: (_type, outputs) => ({
      ...outputs,
      ...(outputs.providerConfig === undefined ? {} : { providerConfig: { workspaceId: "999" } }),
    }),
  },
  "instance-stopped": { before: () => database(), after: () => database({ stopped: true }) },
  "instance-started": { before: () => database({ stopped: true }), after: () => database() },
  "instance-created-stopped-plain": {
    after: () => new DatabaseInstance("plain", { name: "plain", capacity: "CU_1", stopped: true }),
  },
  "created-and-stopped": { after: () => database({ stopped: true }) },
  "replacement-collides": {
    before: () => cloned("2026-01-01T10:00:00Z"),
    after: () => cloned("2026-01-02T10:00:00Z"),
  },
  "nodes-added": { before: () => database(), after: () => database(twoNodes) },
  "high-availability-lost": { before: () => database(twoNodes), after: () => database() },
  "retention-shortened": {
    before: () => database({ retentionWindowInDays: 30 }),
    after: () => database({ retentionWindowInDays: 3 }),
  },
  "retention-lengthened": { before: () => database(), after: () => database({ retentionWindowInDays: 35 }) },
  "native-login-on": { before: () => database(), after: () => database({ enablePgNativeLogin: true }) },
  "native-login-off": { before: () => database({ enablePgNativeLogin: true }), after: () => database() },
  "tags-and-policy": {
    before: () => database({ customTags: { team: "shop" }, usagePolicyId: "policy-a" }),
    after: () => database({ customTags: { team: "orders", tier: "gold" }, usagePolicyId: "policy-b" }),
  },
  "protection-removed": { before: () => database({ protect: true }), after: () => database() },
  "clone-created": {
    after: () => database({ parent: { name: "production", branchTime: "2026-01-01T10:00:00Z" } }),
  },
  "clone-recut": {
    before: () => database({ parent: { name: "production", branchTime: "2026-01-01T10:00:00Z" } }),
    after: () =>
      database({
        parent: { name: "production", branchTime: "2026-01-02T10:00:00Z" },
        name: "orders-2",
        allowReplacementOf: "orders",
      }),
  },
  // Only the power resource changes: the provider would replace a clone for it, and knows no settings of an import.
  "clone-settings-changed": {
    before: () => database({ parent: { name: "production" }, customTags: { team: "shop" } }),
    after: () =>
      database({
        parent: { name: "production" },
        customTags: { team: "orders" },
        capacity: "CU_2",
        ...twoNodes,
      }),
  },
  "imported-settings-changed": {
    before: () => database({ imported: true, usagePolicyId: "policy-a" }),
    after: () =>
      database({
        imported: true,
        usagePolicyId: "policy-b",
        capacity: "CU_4",
        retentionWindowInDays: 3,
        enablePgNativeLogin: true,
      }),
  },
  "verification-removed": { before: () => database(), after: () => database({ withoutCheck: true }) },
  "verification-failed-before": {
    before: () => database(),
    after: () => database(),
    deployed: (type, outputs) =>
      type.endsWith(":ConnectivityCheck")
        ? { ...outputs, outcome: "failed", failure: "login: password authentication failed" }
        : outputs,
  },
  "capacity-unknown": {
    before: () => {
      new DatabaseInstance("source", { name: "source", capacity: "CU_1" });
      database();
    },
    after: () => {
      const source = new DatabaseInstance("source", { name: "source", capacity: "CU_2" });
      database({ capacity: source.effectiveCapacity });
    },
  },
  "policy-refuses": {
    after: () => new DatabaseInstance("plain", { name: "plain", capacity: "CU_1" }),
    previewArguments: ["--policy-pack", "../../../policy-pack"],
  },
  "several-at-once": {
    before: () => {
      database({ retentionWindowInDays: 14 });
      new DatabaseInstance("reports", { name: "reports", capacity: "CU_2" });
    },
    after: () => {
      database({ capacity: "CU_2", retentionWindowInDays: 7 });
      new ConnectivityCheck("second", { instanceName: "orders", trigger: "2" });
    },
    withoutSames: true,
  },
};
