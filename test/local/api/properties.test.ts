// Whatever sequence of requests comes: names stay unique, states legal, inputs unseen, and nothing is a 500.
import fc from "fast-check";
import { expect, test } from "vitest";
import { startApiWorkspace, type TestWorkspace } from "../support/workspace.ts";

const path = "/api/2.0/database/instances";
const states = ["STARTING", "AVAILABLE", "UPDATING", "STOPPED", "FAILING_OVER", "DELETING"];
const inputOnly = [
  "enable_pg_native_login",
  "enable_readable_secondaries",
  "node_count",
  "retention_window_in_days",
  "stopped",
  "usage_policy_id",
];

const name = fc.constantFrom("a", "b", "c");
const settings = fc.record(
  {
    capacity: fc.constantFrom("CU_1", "CU_2", "CU_16"),
    stopped: fc.boolean(),
    node_count: fc.integer({ min: 0, max: 4 }),
    enable_readable_secondaries: fc.boolean(),
    retention_window_in_days: fc.integer({ min: 1, max: 36 }),
    custom_tags: fc.array(
      fc.record({ key: fc.constantFrom("k", "l", ""), value: fc.string({ maxLength: 3 }) }),
      {
        maxLength: 2,
      },
    ),
    usage_policy_id: fc.constantFrom("p", null),
  },
  { requiredKeys: [] },
);
const parent = fc.option(fc.record({ name }), { nil: undefined, freq: 4 });

type Step = { method: string; path: string; body?: unknown };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ name, settings, parent }).map(({ name, settings, parent }) => ({
    method: "POST",
    path,
    body: { name, ...settings, ...(parent ? { parent_instance_ref: parent } : {}) },
  })),
  fc
    .record({ name, settings, mask: fc.constantFrom("", "*", "capacity,custom_tags", "stopped", "uid") })
    .map(({ name, settings, mask }) => ({
      method: "PATCH",
      path: `${path}/${name}?update_mask=${mask}`,
      body: settings,
    })),
  fc.record({ name, force: fc.boolean() }).map(({ name, force }) => ({
    method: "DELETE",
    path: `${path}/${name}?force=${force}`,
  })),
  name.map((name) => ({ method: "POST", path: `${path}/${name}/failover` })),
  fc.constantFrom(0, 1, 30, 60, 200).map((advance_seconds) => ({
    method: "POST",
    path: "/local/clock",
    body: { advance_seconds },
  })),
);

interface Shown extends Record<string, unknown> {
  name: string;
  uid: string;
  state: string;
}

async function checkInvariants(api: TestWorkspace): Promise<void> {
  const shown = ((await api.call("GET", path)).body.database_instances ?? []) as Shown[];
  expect(new Set(shown.map((item) => item.name)).size).toBe(shown.length);
  expect(new Set(shown.map((item) => item.uid)).size).toBe(shown.length);
  for (const item of shown) {
    expect(states).toContain(item.state);
    for (const field of inputOnly) expect(item).not.toHaveProperty(field);
    expect(item.effective_node_count).toBeOneOf([1, 2, 3]);
    if (item.effective_enable_readable_secondaries) expect(item.effective_node_count).not.toBe(1);
    expect("read_only_dns" in item).toBe(item.effective_enable_readable_secondaries);
    if (item.state === "STOPPED") expect(item.effective_stopped).toBe(true);
    if (item.state === "AVAILABLE") expect(item.effective_stopped).toBe(false);
    for (const child of (item.child_instance_refs ?? []) as Shown[]) {
      const clone = shown.find((other) => other.uid === child.uid);
      expect(clone?.parent_instance_ref).toMatchObject({ name: item.name, uid: item.uid });
    }
  }
}

test("any sequence of requests keeps the invariants", { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const frozen = Date.UTC(2026, 0, 1);
      await using api = await startApiWorkspace({ delays: 60_000, realTime: () => frozen });
      for (const { method, path, body } of steps) {
        const answer = await api.call(method, path, body);
        expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500);
        await checkInvariants(api);
      }
      // Left alone, everything comes to rest, and its server runs exactly when it is AVAILABLE.
      await api.call("POST", "/local/clock", { advance_seconds: 600 });
      const rest = ((await api.call("GET", path)).body.database_instances ?? []) as Shown[];
      for (const item of rest) {
        expect(item.state).toBe(item.effective_stopped ? "STOPPED" : "AVAILABLE");
        expect(api.postgres.isRunning(item.uid)).toBe(item.state === "AVAILABLE");
      }
    }),
    { numRuns: 60 },
  );
});
