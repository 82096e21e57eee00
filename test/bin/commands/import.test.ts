// `pulumi-lakebase import`: nothing is written where one of the two files is there already.
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startApiWorkspace, type TestWorkspace } from "../../local/support/workspace.ts";
import { command } from "../support/command.ts";

let folder: string;
let api: TestWorkspace;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lakebase-import-"));
  api = await startApiWorkspace();
  vi.stubEnv("DATABRICKS_TOKEN", api.workspace.token);
  await api.createInstance({ name: "orders", capacity: "CU_1" });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await api?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

it("leaves no program behind where the import file exists", async () => {
  await writeFile(join(folder, "lakebase-import.json"), "mine");
  const { code, err } = await command(["import", "--host", api.workspace.apiUrl], { cwd: folder });
  expect(code).toBe(1);
  expect(err).toMatch(/cannot write ".*lakebase-import.json": it exists; fix: .*--force/);
  expect(await readdir(folder)).toEqual(["lakebase-import.json"]);
});
