// A check now: what of it may fail without the check having failed.
import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import type { connect } from "../../lakebase/connection/index.ts";
import type { DeclaredCheck } from "../../status/declared.ts";
import { verifyNow } from "../../status/verify.ts";

const check: DeclaredCheck = {
  name: "check",
  place: {},
  failures: [],
  instance: "orders",
  database: "app",
  stopped: false,
  outcome: "verified",
  failure: "",
  latencies: {},
};

it("verifies a database whose connections cannot be counted", async () => {
  let isClosed = false;
  const client = Object.assign(new EventEmitter(), {
    query: async () => {
      throw new Error("Connection terminated unexpectedly");
    },
    end: async () => {
      isClosed = true;
      throw new Error("the connection is gone");
    },
    connection: { stream: { destroy() {} } },
  });
  const facts = { stages: [{ stage: "login", milliseconds: 1.4 }] };
  const dial = (async () => ({ client, facts })) as unknown as typeof connect;
  expect(await verifyNow(check, undefined, dial)).toEqual({
    verification: { outcome: "verified", stages: [{ stage: "login", milliseconds: 1 }] },
    minted: 1,
  });
  expect(isClosed).toBe(true);
});
