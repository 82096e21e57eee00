// The FastAPI example, run by uvicorn: its configuration, and requests that outlive tokens.
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exampleFolder } from "./support/folders.ts";
import { preparePythonExample } from "./support/python.ts";
import { type ExampleServer, startServer } from "./support/server.ts";
import { type Environment, type ExampleWorkspace, startExampleWorkspace } from "./support/workspace.ts";

let commands: string;
let workspace: ExampleWorkspace;

beforeAll(async () => {
  commands = await preparePythonExample("fastapi");
  workspace = await startExampleWorkspace();
}, 600_000);
afterAll(async () => {
  await workspace?.[Symbol.asyncDispose]();
});

function startApp(env: Environment): Promise<ExampleServer> {
  const args = ["app:app", "--port", "0", "--no-access-log"];
  const quiet = { ...env, PYTHONDONTWRITEBYTECODE: "1" };
  return startServer({ command: join(commands, "uvicorn"), args, cwd: exampleFolder("fastapi"), env: quiet });
}

/** So many requests at once that connections beyond the five kept are opened, and closed again. */
async function burst(app: ExampleServer): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 12 }, () => app.get("/orders")));
  const failed = answers.filter(({ status }) => status !== 200);
  expect(failed, app.output()).toEqual([]);
}

test("keeps orders, with the environment of a shell", async () => {
  await using app = await startApp(workspace.shell);
  expect(await app.post("/orders", { item: "tea" })).toEqual({ status: 201, body: { id: 1, item: "tea" } });
  expect(await app.get("/orders")).toEqual({ status: 200, body: [{ id: 1, item: "tea" }] });
  expect((await app.post("/orders", { item: "" })).status).toBe(422);
  // The loop is cancelled and the pool closed: nothing is left to complain.
  expect(await app.stop()).toBe(0);
  expect(app.output()).not.toMatch(/Traceback|never awaited|was destroyed/);
});
