// The Streamlit example in Streamlit's own test harness, against a real database.
import { afterAll, beforeAll, expect, test } from "vitest";
import { preparePythonExample } from "./support/python.ts";
import { openStreamlit } from "./support/streamlit.ts";
import { type ExampleWorkspace, startExampleWorkspace } from "./support/workspace.ts";

let commands: string;
let workspace: ExampleWorkspace;

beforeAll(async () => {
  commands = await preparePythonExample("streamlit");
  workspace = await startExampleWorkspace();
}, 600_000);
afterAll(async () => {
  await workspace?.[Symbol.asyncDispose]();
});

const fine = { errors: [], exceptions: [] };

test("adds and switches flags, with the environment of a shell; another session sees them, with exports", async () => {
  await using session = openStreamlit(commands, workspace.shell);
  expect(await session.step("run")).toEqual({ ...fine, flags: {} });
  expect(await session.step("add", "dark-mode")).toEqual({ ...fine, flags: { "dark-mode": false } });
  await session.step("add", "beta");
  expect(await session.step("toggle", "dark-mode")).toEqual({
    ...fine,
    flags: { beta: false, "dark-mode": true },
  });
  await using other = openStreamlit(commands, workspace.exports);
  expect((await other.step("run")).flags).toEqual({ beta: false, "dark-mode": true });
  expect((await other.step("toggle", "dark-mode")).flags).toEqual({ beta: false, "dark-mode": false });
  expect((await session.step("run")).flags).toEqual({ beta: false, "dark-mode": false });
  expect((await session.step("toggle", "dark-mode")).flags).toEqual({ beta: false, "dark-mode": true });
});

test("logs in anew, with a new token, after 40 minutes and after its connection was lost; not before", async () => {
  await using session = openStreamlit(commands, workspace.shell);
  await workspace.api.call("DELETE", "/local/requests");
  const { flags } = await session.step("run");
  await session.step("wait", 2399);
  expect(await workspace.credentialRequests()).toBe(1);
  // Every token has ended by now.
  workspace.api.workspace.clock.advance(3_601_000);
  expect(await session.step("wait", 2)).toEqual({ ...fine, flags });
  expect(await workspace.credentialRequests()).toBe(2);
  await workspace.owner.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()",
  );
  expect(await session.step("run")).toEqual({ ...fine, flags });
  expect(await workspace.credentialRequests()).toBe(3);
});

test("runs with what the platform gives an app, as its service principal", async () => {
  await workspace.bindApp();
  await using session = openStreamlit(commands, workspace.app);
  await session.step("run");
  expect(await session.step("add", "for-all")).toEqual({ ...fine, flags: { "for-all": false } });
  const { rows } = await workspace.owner.query(
    "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = 'shop'",
  );
  expect(rows).toEqual([{ usename: workspace.app.PGUSER }]);
});

test("tells on the page that the instance is stopped, and goes on when it is back", async () => {
  await using session = openStreamlit(commands, workspace.shell);
  const { flags } = await session.step("run");
  const path = "/api/2.0/database/instances/orders";
  await workspace.api.call("PATCH", path, { stopped: true });
  await workspace.api.reach("orders", "STOPPED");
  const errors = ["No flags at present. Database instance orders is STOPPED."];
  expect(await session.step("run")).toEqual({ flags: {}, errors, exceptions: [] });
  await workspace.api.call("PATCH", path, { stopped: false });
  await workspace.api.reach("orders", "AVAILABLE");
  expect(await session.step("run")).toEqual({ ...fine, flags });
});
