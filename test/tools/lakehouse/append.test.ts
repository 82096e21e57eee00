// The command line that appends rows: what is no row is told as such.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";
import { PROJECT_DIR } from "../../../tools/project.ts";

test.each(["null", "5", "[1]", '"text"', "{"])("%s is refused as a row, without a stack trace", (row) => {
  const program = path.join(PROJECT_DIR, "tools/lakehouse/append.ts");
  const { status, stderr } = spawnSync(process.execPath, [program, "some-table", row], { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toContain(`error: ${row} is not a JSON object: `);
  expect(stderr).not.toMatch(/^\s+at /m);
});
