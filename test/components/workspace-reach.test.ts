// The stack's first question: whether the workspace answers.
import * as pulumi from "@pulumi/pulumi";
import { beforeEach, expect, it } from "vitest";
import { requireWorkspace } from "../../components/index.ts";
import { closedPort } from "../lakebase/support/scripted-server.ts";

beforeEach(async () => {
  await pulumi.runtime.setMocks(
    { newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: ({ inputs }) => inputs },
    "lakebase",
    "dev",
  );
});

it.each([
  ["127.0.0.1", /connection refused; start the local workspace with `npm run local`/],
  // Nobody's local workspace, and nobody's at all.
  ["127.0.0.2", /; (correct|check) the/],
])("says what to do where nothing answers at %s", async (address, fix) => {
  pulumi.runtime.setAllConfig({ "databricks:host": `http://${address}:${await closedPort()}` });
  const error = await requireWorkspace().then(
    () => expect.unreachable("nothing answers there"),
    (thrown: Error) => thrown,
  );
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  expect(error.message).toMatch(fix);
});
