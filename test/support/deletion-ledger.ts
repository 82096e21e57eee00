// The ledger of deleted instances: every local workspace of a test file writes down which ones it deletes and for whom,
// and each that a deployment deletes must have been asked for by name, by the test, before.
import { appendFileSync, existsSync, readFileSync } from "node:fs";

/** The variable that tells a local workspace, in whatever process, where to write. */
export const ledgerVariable = "LAKEBASE_LOCAL_DELETIONS_FILE";

/** Says that a deployment deletes these instances from now on, each once. */
export function mayDelete(...names: string[]): void {
  const ledger = process.env[ledgerVariable];
  if (ledger === undefined) throw new Error("no ledger is kept: is test/ledger.ts among the setup files?");
  for (const name of names) appendFileSync(ledger, `${JSON.stringify({ allowed: name })}\n`);
}

/** A line of the ledger. */
type Entry = { allowed: string } | { name: string; userAgent: string };

/** The official provider and this package; whoever sends the request itself has named the instance in it. */
const deployments = /databricks-tf-provider|^pulumi-lakebase /;

/** Instances that a deployment deleted and that nobody had asked for by name. */
export function unaskedDeletions(ledger: string): string[] {
  if (!existsSync(ledger)) return [];
  const lines = readFileSync(ledger, "utf8").split("\n");
  const entries = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Entry);
  const allowed: string[] = [];
  return entries.flatMap((entry) => {
    if ("allowed" in entry) {
      allowed.push(entry.allowed);
      return [];
    }
    if (!deployments.test(entry.userAgent)) return [];
    const at = allowed.indexOf(entry.name);
    if (at === -1) return [entry.name];
    allowed.splice(at, 1);
    return [];
  });
}
