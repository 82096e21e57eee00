// What a part of the benchmark hands back, and what is worked out from it.
import { median, pairedRatio } from "./statistics.ts";

/** How long a run takes: `quick` is for trying the benchmark itself and leaves the committed results alone. */
export interface Effort {
  quick: boolean;
  /** Where CPU profiles of the processes under test go; none are taken without it. */
  profileDir: string | undefined;
}

/** Samples of several variants, one a round. */
export type Samples = Record<string, number[]>;

/** What is aimed at: the ratio of a variant to the baseline. */
export interface Goal {
  variant: string;
  atLeast?: number;
  atMost?: number;
}

/** One line of a table. */
export interface Measure {
  name: string;
  unit: string;
  better: "higher" | "lower";
  /** The variant that the others are compared with. */
  baseline?: string;
  goal?: Goal;
  samples: Samples;
}

/** Measures that are read together. */
export interface Section {
  title: string;
  /** How it was measured, and what the variants are. */
  note: string;
  measures: Measure[];
}

/** A part of the benchmark: runs, and returns its sections. */
export interface Part {
  title: string;
  run(effort: Effort, log: (line: string) => void): Promise<Section[]>;
}

/** One variant's figures in a measure. */
export interface Figure {
  median: number;
  min: number;
  max: number;
  /** To the baseline, round by round. */
  ratio?: number;
}

/** The figures of a measure, by variant. */
export function figuresOf({ samples, baseline }: Measure): Record<string, Figure> {
  const base = baseline === undefined ? undefined : samples[baseline];
  return Object.fromEntries(
    Object.entries(samples).map(([variant, values]) => [
      variant,
      {
        median: median(values),
        min: Math.min(...values),
        max: Math.max(...values),
        ...(base && variant !== baseline ? { ratio: pairedRatio(values, base) } : {}),
      },
    ]),
  );
}

/** Whether a measure's goal was reached; undefined where there is none. */
export function reachesGoal(measure: Measure): boolean | undefined {
  const { goal } = measure;
  const ratio = goal && figuresOf(measure)[goal.variant]?.ratio;
  if (!goal || ratio === undefined) return undefined;
  return (
    ratio >= (goal.atLeast ?? Number.NEGATIVE_INFINITY) && ratio <= (goal.atMost ?? Number.POSITIVE_INFINITY)
  );
}
