// Medians, quantiles and ratios of samples.

/** The value below which the part `q` (0 to 1) of the samples lies, between neighbours by straight line. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** The middle one of the samples. */
export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** The median of the ratios within each round: what slowed a whole round down slows both sides. */
export function pairedRatio(samples: readonly number[], baseline: readonly number[]): number {
  return median(samples.map((sample, round) => sample / (baseline[round] ?? Number.NaN)));
}
