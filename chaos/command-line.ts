// The options of `npm run chaos`, checked.
import { parseArgs } from "node:util";
import { plants } from "./plants/plants.ts";

/** The options. */
export interface ChaosArguments {
  minutes: number;
  /** The first seed. */
  seed: number;
  /** How many seeds, one after another. */
  runs: number;
  plant: string | undefined;
  record: boolean;
  keep: boolean;
}

/** Help text. */
export const usage = `npm run chaos -- [--minutes N] [--seed S] [--runs N] [--plant BUG] [--record] [--keep]

A simulated month of faults, deployments and writes on a local workspace of its own; the plan follows from the seed.

  --minutes N   size of the plan: about so long on two free cores (2)
  --seed S      the plan to carry out (1)
  --runs N      so many seeds, one after another, from S on (1)
  --plant BUG   plants a bug, which the run must then find: ${Object.keys(plants).join(", ")}
  --record      adds the result to chaos/results
  --keep        leaves the run's folder, with logs and journals; its processes end in any case`;

/** Reads the command line. */
export function parseChaosArguments(
  args: readonly string[],
): { options: ChaosArguments } | { problems: string[] } | { help: string } {
  const problems: string[] = [];
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        minutes: { type: "string", default: "2" },
        seed: { type: "string", default: "1" },
        runs: { type: "string", default: "1" },
        plant: { type: "string" },
        record: { type: "boolean", default: false },
        keep: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return { help: usage };
    const whole = (name: string, text: string, maximum: number): number => {
      const value = Number(text);
      if (/^\d+$/.test(text) && value >= 1 && value <= maximum) return value;
      problems.push(`--${name} must be a whole number from 1 to ${maximum}, not ${JSON.stringify(text)}`);
      return 1;
    };
    const options: ChaosArguments = {
      minutes: whole("minutes", values.minutes, 1_000),
      seed: whole("seed", values.seed, 2 ** 32 - 1),
      runs: whole("runs", values.runs, 1_000),
      plant: values.plant,
      record: values.record,
      keep: values.keep,
    };
    if (values.plant !== undefined && !Object.hasOwn(plants, values.plant)) {
      const known = Object.keys(plants).join(", ");
      problems.push(`--plant must be one of ${known}, not ${JSON.stringify(values.plant)}`);
    }
    if (values.record && values.plant !== undefined)
      problems.push("--record and --plant exclude each other: give one of them");
    return problems.length > 0 ? { problems } : { options };
  } catch (error) {
    return { problems: [(error as Error).message] };
  }
}
