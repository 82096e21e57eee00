// Importing these folders costs next to nothing: SDK and driver are loaded by the first call that needs them.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("neither the SDK nor the driver is loaded by an import", async () => {
  const program = `
    import { createRequire } from "node:module";
    await import("./lakebase/workspace/index.ts");
    await import("./lakebase/connection/index.ts");
    console.log(JSON.stringify(Object.keys(createRequire(import.meta.url).cache)));`;
  const root = new URL("../../..", import.meta.url);
  const run = promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { cwd: root });
  expect(JSON.parse((await run).stdout)).toEqual([]);
});
