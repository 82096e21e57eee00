// The example that gives each pull request a clone: beside its parent, verified, and gone with its stack.
import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startLocalWorkspace } from "../../local/workspace.ts";
import { mayDelete } from "../support/deletion-ledger.ts";
import { temporaryFolder } from "./support/folder.ts";
import { startStack } from "./support/stack.ts";
import { ask, instanceOf, reach } from "./support/workspace-control.ts";

const projectRoot = join(import.meta.dirname, "../..");
const instances = "/api/2.0/database/instances";

it("makes a clone named after the stack, verified, and takes it away without its parent", async () => {
  await using folder = await temporaryFolder();
  await using workspace = await startLocalWorkspace({ dataDir: join(folder.path, "workspace"), delays: 20 });
  await ask(workspace, "POST", instances, { name: "orders", capacity: "CU_1" });
  await reach(workspace, "orders", "AVAILABLE");
  const program = join(folder.path, "program");
  await cp(join(projectRoot, "examples/preview-clone"), program, { recursive: true });
  await mkdir(join(program, "node_modules"));
  await symlink(projectRoot, join(program, "node_modules/pulumi-lakebase"));
  await symlink(join(projectRoot, "node_modules/@pulumi"), join(program, "node_modules/@pulumi"));
  await using stack = await startStack({
    workspace,
    program,
    config: {
      "preview-clone:parentName": "orders",
      "preview-clone:port": workspace.postgresPort,
      "preview-clone:sslRootCert": workspace.caFile,
    },
  });
  const parent = await instanceOf(workspace, "orders");
  await stack.succeed("up");
  expect(await stack.exports()).toMatchObject({
    instance: { name: "orders-test", state: "AVAILABLE" },
    verification: { outcome: "verified" },
  });
  expect((await instanceOf(workspace, "orders-test")).parent_instance_ref).toMatchObject({
    name: "orders",
    uid: parent.uid,
  });
  await stack.succeed("up", "--expect-no-changes");
  await stack.changesAsked();
  mayDelete("orders-test");
  await stack.succeed("destroy");
  expect(await stack.changesAsked()).toEqual([`DELETE ${instances}/orders-test? null`]);
  expect((await instanceOf(workspace, "orders")).uid).toBe(parent.uid);
});
