// Set up before each test file: fails it when a deployment deleted an instance that no test had asked for by name.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { ledgerVariable, unaskedDeletions } from "./support/deletion-ledger.ts";

const folder = mkdtempSync(join(tmpdir(), "lakebase-ledger-"));
const ledger = join(folder, "deletions");
process.env[ledgerVariable] = ledger;

// Declared first, so that it runs last: also what a file deletes while it clears up is counted.
afterAll(() => {
  const names = unaskedDeletions(ledger);
  rmSync(folder, { recursive: true, force: true });
  if (names.length === 0) return;
  throw new Error(
    `a deployment deleted instances that no test asked for by name: ${names.join(", ")}; where it is meant, say mayDelete("${names[0]}") before`,
  );
});
