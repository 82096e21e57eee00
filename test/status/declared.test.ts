// Reading a state: what is taken, from which resource, and what never is.
import { describe, expect, it } from "vitest";
import { NotAStateError, readStack } from "../../status/declared.ts";
import { dynamic, encrypted, official, stateOf } from "./support/state.ts";

describe("reading a state", () => {
  it("takes stack, project, time and open operations", () => {
    expect(readStack(stateOf([], { pending_operations: [{}, {}] }))).toMatchObject({
      stack: "dev",
      project: "shop",
      deployedAt: "2026-06-01T12:00:00Z",
      pendingOperations: 2,
      instances: [],
    });
  });

  it("takes power and settings from the component's own resource, the workspace from the provider", () => {
    const settings = { capacity: "CU_2", customTags: { team: "a" } };
    const { instances } = readStack(
      stateOf([
        official(
          "DatabaseInstance",
          "orders",
          { name: "orders", capacity: "CU_9" },
          { outputs: { uid: "u1" } },
        ),
        dynamic("InstancePower", "orders-power", { instanceName: "orders", stopped: false, settings }),
        dynamic("InstancePower", "orders-last", { instanceName: "orders", stopped: true }),
        dynamic("InstancePower", "other", { instanceName: "other", stopped: false }),
      ]),
    );
    expect(instances).toEqual([
      {
        name: "orders",
        place: { host: "https://dbc-1.example.com" },
        failures: [],
        uid: "u1",
        stopped: true,
        settings,
        inputOnly: [],
      },
    ]);
  });

  it("takes a plain instance of the official provider as it is", () => {
    const inputs = {
      name: "orders",
      capacity: "CU_1",
      stopped: true,
      customTags: [{ key: "team", value: "a" }],
      usagePolicyId: encrypted,
      purgeOnDelete: true,
      parentInstanceRef: { name: "p", lsn: "0/1" },
    };
    const [instance] = readStack(stateOf([official("DatabaseInstance", "orders", inputs)])).instances;
    expect(instance).toMatchObject({
      stopped: true,
      settings: { capacity: "CU_1", customTags: { team: "a" } },
      inputOnly: ["purgeOnDelete", "parent.lsn"],
    });
    expect(JSON.stringify(instance)).not.toContain("ciphertext");
  });

  it("leaves out what is about to be deleted, and keeps what the last deployment failed with", () => {
    const failed = { initErrors: ["it did not start"] };
    const { instances } = readStack(
      stateOf([
        official("DatabaseInstance", "orders", { name: "old" }, { delete: true }),
        official("DatabaseInstance", "orders", { name: "new" }),
        dynamic("InstancePower", "orders-power", { instanceName: "new", stopped: false }, failed),
      ]),
    );
    expect(instances.map(({ name, failures }) => [name, failures])).toEqual([["new", ["it did not start"]]]);
  });

  it("reads a check with what it recorded, at the workspace of the stack or its own", () => {
    const outputs = {
      outcome: "verified",
      failure: "",
      checkedAt: "2026-06-01T11:00:00Z",
      latencies: { tls: 5, login: "x" },
      userName: "ann",
    };
    const { checks } = readStack(
      stateOf([
        dynamic("ConnectivityCheck", "check", { instanceName: "orders", port: 5433 }, { outputs }),
        dynamic("ConnectivityCheck", "elsewhere", {
          instanceName: "o",
          workspaceHost: "https://b.example.com",
        }),
      ]),
    );
    expect(checks[0]).toMatchObject({
      place: { host: "https://dbc-1.example.com" },
      instance: "orders",
      database: "databricks_postgres",
      port: 5433,
      outcome: "verified",
      latencies: { tls: 5 },
      userName: "ann",
    });
    expect(checks[1]).toMatchObject({ place: { host: "https://b.example.com" }, outcome: "failed" });
  });

  it("counts texts that look like a credential, and encrypted ones are none", () => {
    const token = `dapi${"0123456789abcdef".repeat(2)}`;
    const leak = official("Secret", "leak", { value: token, again: token });
    const jwt = official("Secret", "jwt", { value: "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl" });
    expect(readStack(stateOf([leak, jwt])).credentialsInState).toBe(2);
    expect(readStack(stateOf([official("Secret", "safe", { value: encrypted })])).credentialsInState).toBe(0);
  });

  it.each(["", "dapi123", "[]", "{}", '{"deployment":null}'])("refuses %j without repeating it", (text) => {
    expect(() => readStack(text)).toThrow(NotAStateError);
    expect(() => readStack(text)).not.toThrow(/dapi123/);
  });
});
