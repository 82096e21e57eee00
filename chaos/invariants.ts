// The five things that must hold, each a check that throws a Violation.
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { endFaults } from "./actions.ts";
import type { JournalEntry } from "./app/messages.ts";
import { Violation } from "./violation.ts";
import type { World } from "./world/world.ts";

/** Attempts in which each application has to get a row acknowledged once the faults are over. */
const writeAttempts = 5;

/** What can be checked at any moment, faults or not. */
export async function checkAlways(world: World): Promise<void> {
  world.counts.checks += 1;
  await checkJournal(world);
}

/** Everything, with all faults ended first. */
export async function checkCalm(world: World): Promise<void> {
  world.counts.checks += 1;
  await endFaults(world);
  await checkJournal(world);
  await checkInstances(world);
  await checkTokens(world);
  await checkConvergence(world);
  await checkInstances(world);
  await checkWrites(world);
  await checkTokens(world);
}

/** Every line of the applications' journals. */
async function readJournals(world: World): Promise<JournalEntry[]> {
  const folder = join(world.folder, "journal");
  const texts = await Promise.all(
    (await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")),
  );
  // A process that was killed may have left its last line unfinished; the row was not acknowledged to anybody then.
  return texts.flatMap((text) =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as JournalEntry),
  );
}

/** No connection came to another instance than the one it was made for. */
async function checkJournal(world: World): Promise<void> {
  const strays = (await readJournals(world)).flatMap((entry) => ("reached" in entry ? [entry] : []));
  const [first] = strays;
  if (first === undefined) return;
  throw new Violation(
    "no wrong-instance connection",
    `${strays.length} connections, the first for ${first.instance}, which came to ${first.reached || "an unmarked one"}`,
  );
}

/** Every acknowledged row is there. */
async function checkWrites(world: World): Promise<void> {
  const entries = await readJournals(world);
  for (const stack of world.stacks.values()) {
    const rows = await world.query(stack.name, ["SELECT id FROM chaos_writes"]);
    const present = new Set(rows.map(({ id }) => id));
    const lost = entries.flatMap((entry) =>
      "id" in entry && entry.instance === stack.instance && !present.has(entry.id) ? [entry.id] : [],
    );
    if (lost.length > 0) {
      const some = lost.slice(0, 5).join(", ");
      throw new Violation(
        "no acknowledged write lost",
        `${lost.length} acknowledged rows of ${stack.instance} are not there: ${some}`,
      );
    }
  }
}

/** The instances are those of the beginning, and no others. */
async function checkInstances(world: World): Promise<void> {
  const found = new Map((await world.workspace.instances()).map(({ name, uid }) => [name, uid]));
  for (const [name, uid] of world.uids) {
    const now = found.get(name);
    if (now === uid) continue;
    throw new Violation(
      "no unexpected deletion",
      now === undefined ? `instance ${name} is gone` : `instance ${name} had uid ${uid} and now has ${now}`,
    );
  }
  const strangers = [...found.keys()].filter((name) => !world.uids.has(name));
  if (strangers.length > 0)
    throw new Violation("no unexpected deletion", `unexpected instances: ${strangers.join(", ")}`);
}

/** One more `up` of each stack, a preview without changes, and every application writes again. */
async function checkConvergence(world: World): Promise<void> {
  for (const stack of world.stacks.values()) {
    const up = await stack.start("up").ended;
    world.counts.ups[up.end] += 1;
    const told = (what: string, output: string) =>
      new Violation("convergence after faults", `stack ${stack.name}: ${what}:\n${output}`);
    if (up.end !== "succeeded") throw told("up after the faults failed", up.output);
    const preview = await stack.start("preview", "--expect-no-changes").ended;
    world.counts.previews += 1;
    if (preview.end !== "succeeded") throw told("preview is not free of changes", preview.output);
    await world.workspace.reach(stack.instance, "AVAILABLE");
  }
  for (const [name, app] of world.apps) {
    const { proofs = [] } = await app.ask({ ask: "prove", attempts: writeAttempts });
    const failed = proofs.find(({ attempts }) => attempts === undefined);
    if (failed === undefined) continue;
    throw new Violation(
      "convergence after faults",
      `application ${name} could not write to ${failed.instance} in ${writeAttempts} attempts: ${failed.error}`,
    );
  }
}

/** The workspace's own secrets, and the list to search by. */
const ownFiles = /^(minted-tokens|ready\.json|data\/(token|service-principal\.json|signing-key\.json))$/;
/** The signature of a token: enough to know it by, and in no encoding but its own. */
const signature = /[A-Za-z0-9_-]{86,}/g;
const signatureLength = 86;

/** No token that was ever minted, nor the workspace's own, is in any file of the run. */
async function checkTokens(world: World): Promise<void> {
  const minted = (await readFile(world.workspace.mintedFile, "latin1")).split("\n").filter(Boolean);
  const signatures = new Set(minted.map((token) => token.slice(token.lastIndexOf(".") + 1)));
  const { token } = world.workspace.ready;
  const entries = await readdir(world.folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name);
    const name = relative(world.folder, file);
    if (!entry.isFile() || ownFiles.test(name)) continue;
    // Files come and go while the servers work.
    const text = await readFile(file, "latin1").catch(() => "");
    const hasMinted = [...text.matchAll(signature)].some(([run]) =>
      [run.slice(0, signatureLength), run.slice(-signatureLength)].some((part) => signatures.has(part)),
    );
    if (hasMinted || text.includes(token)) {
      throw new Violation(
        "no token at rest",
        `${hasMinted ? "a minted token" : "the personal access token"} is in ${name}`,
      );
    }
  }
}
