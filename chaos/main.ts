// `npm run chaos`: reads the command line, runs one seed after another, prints the table and how to replay a failure.
import { fileURLToPath } from "node:url";
import { type ChaosArguments, parseChaosArguments } from "./command-line.ts";
import { makePlan, sizeOf } from "./plan.ts";
import { type Plant, plants } from "./plants/plants.ts";
import { record, tableOf } from "./report.ts";
import { type RunResult, runPlan } from "./run.ts";

const results = fileURLToPath(new URL("results", import.meta.url));
const refused = 2;
const interrupted = 130;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const parsed = parseChaosArguments(args);
  if ("help" in parsed) {
    console.log(parsed.help);
    return 0;
  }
  if ("problems" in parsed) {
    for (const problem of parsed.problems) console.error(`error: ${problem}`);
    return refused;
  }
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (!interruption.signal.aborted) console.error("interrupted: ending and removing everything");
      interruption.abort();
    });
  }
  return runSeeds(parsed.options, interruption.signal);
}

async function runSeeds(options: ChaosArguments, signal: AbortSignal): Promise<number> {
  const { minutes, seed, runs, plant: plantName, keep } = options;
  const plant = plantName === undefined ? undefined : plants[plantName];
  const done: RunResult[] = [];
  for (let offset = 0; offset < runs && !signal.aborted; offset += 1) {
    const plan = makePlan(seed + offset, sizeOf(minutes));
    const run = await runPlan({ plan, plant, keepFolder: keep, log: console.log, signal });
    done.push(run);
    if (run.end === "violation" || run.end === "broken") tell(run, minutes, plantName);
    if (options.record && run.end !== "interrupted") await record(results, run, minutes);
  }
  console.log(`\n${tableOf(done)}`);
  if (signal.aborted) return interrupted;
  return statusOf(done, plant);
}

/** With a planted bug the run succeeds when it has found that bug, and not something else. */
function statusOf(runs: readonly RunResult[], plant: Plant | undefined): number {
  if (plant === undefined) return runs.every(({ end }) => end === "clean") ? 0 : 1;
  const isFound = runs.every(({ invariant }) => invariant === plant.finds);
  console.log(`\nplanted: ${plant.bug}\n${isFound ? "found" : "NOT FOUND"}: "${plant.finds}"`);
  return isFound ? 0 : 1;
}

function tell(
  { seed, end, invariant, message }: RunResult,
  minutes: number,
  plant: string | undefined,
): void {
  console.error(
    `\nseed ${seed} ${end === "violation" ? `violates "${invariant}"` : "could not go on"}: ${message}`,
  );
  const planted = plant === undefined ? "" : ` --plant ${plant}`;
  console.error(`replay it: npm run chaos -- --minutes ${minutes} --seed ${seed}${planted}`);
}
