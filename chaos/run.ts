// One run: deploys, lets the applications write, carries the plan out, checks, and takes everything down.
import { readFile } from "node:fs/promises";
import { carryOut, deployFirst } from "./actions.ts";
import { checkAlways, checkCalm } from "./invariants.ts";
import { type ActionKind, describeAction, type Plan } from "./plan.ts";
import type { Plant } from "./plants/plants.ts";
import type { Invariant } from "./violation.ts";
import { Violation } from "./violation.ts";
import { addReports, emptyReport } from "./world/application.ts";
import { type Counts, noCounts, World } from "./world/world.ts";

/** What came of a run. */
export interface RunResult {
  seed: number;
  /** `clean`, `violation`, `broken` when the run itself could not go on, `interrupted`. */
  end: "clean" | "violation" | "broken" | "interrupted";
  invariant?: Invariant;
  message?: string;
  tookSeconds: number;
  simulatedDays: number;
  actions: Partial<Record<ActionKind, number>>;
  tokensMinted: number;
  /** Of the applications' pools. */
  rotations: number;
  logins: number;
  refusedLogins: number;
  acknowledged: number;
  failedWrites: number;
  workspaceStarts: number;
  appStarts: number;
  postgresKills: number;
  ups: Counts["ups"];
  previews: number;
  checks: number;
}

/** How a run is done. */
export interface RunOptions {
  plan: Plan;
  plant?: Plant | undefined;
  keepFolder?: boolean;
  log: (line: string) => void;
  signal: AbortSignal;
}

/** Runs; whatever happens, nothing stays but the folder where it is asked for. */
export async function runPlan(options: RunOptions): Promise<RunResult> {
  const { plan, plant, log, signal, keepFolder = false } = options;
  const started = performance.now();
  const actions: RunResult["actions"] = {};
  let world: World | undefined;
  let outcome: Pick<RunResult, "end" | "invariant" | "message"> = { end: "broken" };
  let counted = nothingCounted;
  try {
    world = await World.open(plant);
    log(`seed ${plan.seed}: ${plan.actions.length} actions${keepFolder ? `, in ${world.folder}` : ""}`);
    await carryOutPlan(world, options, actions);
    outcome = { end: signal.aborted ? "interrupted" : "clean" };
  } catch (error) {
    outcome = outcomeOf(error, signal);
  } finally {
    if (world) counted = await countUp(world);
    const left = (await world?.close({ keepFolder })) ?? [];
    if (left.length > 0 && outcome.end === "clean")
      outcome = { end: "broken", message: `processes had to be killed at the end:\n${left.join("\n")}` };
  }
  const tookSeconds = Math.round((performance.now() - started) / 100) / 10;
  return { seed: plan.seed, ...outcome, tookSeconds, actions, ...counted };
}

function outcomeOf(error: unknown, signal: AbortSignal): Pick<RunResult, "end" | "invariant" | "message"> {
  if (signal.aborted) return { end: "interrupted" };
  if (error instanceof Violation)
    return { end: "violation", invariant: error.invariant, message: error.message };
  return { end: "broken", message: (error as Error).stack ?? String(error) };
}

async function carryOutPlan(
  world: World,
  { plan, log, signal }: RunOptions,
  actions: RunResult["actions"],
): Promise<void> {
  const step = async (title: string, work: () => Promise<void>): Promise<void> => {
    signal.throwIfAborted();
    const began = performance.now();
    await work();
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    log(`day ${world.days.toFixed(1).padStart(4)}  ${title}  ${seconds} s`);
  };
  await step(`both stacks, the up of ${plan.interrupted} killed`, async () => {
    await world.makeStacks(signal);
    signal.throwIfAborted();
    await deployFirst(world, plan.interrupted);
    signal.throwIfAborted();
    await world.startApps();
  });
  for (const [index, { minutesBefore, action }] of plan.actions.entries()) {
    const title = `${index + 1}/${plan.actions.length} ${describeAction(action)}`;
    await step(title, async () => {
      await world.pass(minutesBefore, signal);
      signal.throwIfAborted();
      if (action.kind === "calm") await checkCalm(world);
      else {
        await carryOut(world, action, signal);
        await checkAlways(world);
      }
      actions[action.kind] = (actions[action.kind] ?? 0) + 1;
    });
  }
}

/** Of a run whose workspace did not start. */
const nothingCounted: Awaited<ReturnType<typeof countUp>> = {
  simulatedDays: 0,
  tokensMinted: 0,
  rotations: 0,
  logins: 0,
  refusedLogins: 0,
  acknowledged: 0,
  failedWrites: 0,
  workspaceStarts: 0,
  appStarts: 0,
  ...noCounts(),
};

async function countUp(world: World) {
  const minted = await readFile(world.workspace.mintedFile, "utf8").catch(() => "");
  const { rotations, connections, refusedLogins, acknowledged, failed } = [...world.apps.values()]
    .map(({ report }) => report)
    .reduce(addReports, emptyReport);
  return {
    simulatedDays: Math.round(world.days * 10) / 10,
    tokensMinted: minted.split("\n").length - 1,
    rotations,
    logins: connections,
    refusedLogins,
    acknowledged,
    failedWrites: failed,
    workspaceStarts: world.workspace.starts,
    appStarts: [...world.apps.values()].reduce((sum, { starts }) => sum + starts, 0),
    ...world.counts,
  };
}
