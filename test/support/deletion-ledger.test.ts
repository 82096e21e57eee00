// The ledger: what a deployment deletes unasked is found, and nothing else is.
import { afterAll, beforeAll, expect, it } from "vitest";
import { startApiWorkspace, type TestWorkspace } from "../local/support/workspace.ts";
import { temporaryFolder } from "../stack/support/folder.ts";
import { ledgerVariable, mayDelete, unaskedDeletions } from "./deletion-ledger.ts";

const provider = "databricks-tf-provider/1.128.0 databricks-sdk-go/0.175.0";
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let api: TestWorkspace;
const kept = process.env[ledgerVariable];

beforeAll(async () => {
  folder = await temporaryFolder();
  // A ledger of its own: this file deletes what nobody asks for.
  process.env[ledgerVariable] = `${folder.path}/deletions`;
  api = await startApiWorkspace();
});
afterAll(async () => {
  process.env[ledgerVariable] = kept;
  await api?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

async function remove(name: string, userAgent: string): Promise<void> {
  await api.createInstance({ name });
  const headers = { authorization: `Bearer ${api.workspace.token}`, "user-agent": userAgent };
  const url = `${api.workspace.apiUrl}/api/2.0/database/instances/${name}`;
  // A repeated one is the same deletion.
  for (let times = 0; times < 2; times += 1) await fetch(url, { method: "DELETE", headers });
  await api.reach(name, undefined);
}

const unasked = () => unaskedDeletions(process.env[ledgerVariable] ?? "");

it("finds what a deployment deletes without being asked for it by name, once for each time", async () => {
  await remove("orders", "node");
  expect(unasked()).toEqual([]);
  mayDelete("orders");
  await remove("orders", provider);
  expect(unasked()).toEqual([]);
  await remove("orders", provider);
  await remove("billing", "pulumi-lakebase nodejs/24.21.0 auth/pat");
  expect(unasked()).toEqual(["orders", "billing"]);
});
