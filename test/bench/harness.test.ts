// The benchmarks' own arithmetic, their rounds, and what is drawn and written from samples.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatNumber, formatRatio } from "../../bench/harness/format.ts";
import { plot } from "../../bench/harness/plot.ts";
import { type PartResult, resultsPage } from "../../bench/harness/report.ts";
import { figuresOf, type Measure, reachesGoal } from "../../bench/harness/result.ts";
import { interleave, loopFor } from "../../bench/harness/rounds.ts";
import { median, pairedRatio, quantile } from "../../bench/harness/statistics.ts";

const measure: Measure = {
  name: "8 <clients>",
  unit: "queries/s",
  better: "higher",
  baseline: "fixed",
  goal: { variant: "ours", atLeast: 0.98 },
  samples: { fixed: [100, 50, 200], ours: [99, 50, 190] },
};

describe("statistics", () => {
  it("takes the middle, between two by straight line", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(quantile([10, 20], 0.25)).toBe(12.5);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it("gives a quantile that lies among the samples, and grows with its part", () => {
    const samples = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 });
    const part = fc.double({ noNaN: true, min: 0, max: 1 });
    fc.assert(
      fc.property(samples, part, part, (values, one, other) => {
        const [low, high] = [quantile(values, Math.min(one, other)), quantile(values, Math.max(one, other))];
        expect(low).toBeGreaterThanOrEqual(Math.min(...values));
        expect(high).toBeLessThanOrEqual(Math.max(...values));
        expect(low).toBeLessThanOrEqual(high + 1e-6);
      }),
    );
  });

  it("compares round by round, so that a slow round slows both sides", () => {
    expect(pairedRatio([99, 50, 190], [100, 50, 200])).toBeCloseTo(0.99);
    expect(pairedRatio([10, 1000, 10], [10, 1000, 10])).toBe(1);
  });
});

describe("rounds", () => {
  it("begin with another variant each, and measure every one once", async () => {
    const order: string[] = [];
    const variant = (name: string, value: number) => async () => {
      order.push(name);
      return { wall: value };
    };
    const measured = await interleave({ a: variant("a", 1), b: variant("b", 2), c: variant("c", 3) }, 3);
    expect(order.join("")).toBe("abcbcacab");
    expect(measured).toEqual({ wall: { a: [1, 1, 1], b: [2, 2, 2], c: [3, 3, 3] } });
  });

  it("loop at once, and count each step", async () => {
    const loops = new Set<number>();
    const { count, millis, perSecond } = await loopFor(20, 3, async (loop) => {
      loops.add(loop);
      await new Promise(setImmediate);
    });
    expect([...loops].sort()).toEqual([0, 1, 2]);
    expect(millis).toHaveLength(count);
    expect(perSecond).toBeGreaterThan(0);
  });
});

describe("figures", () => {
  it("are the median, the extremes and the ratio to the baseline", () => {
    expect(figuresOf(measure)).toEqual({
      fixed: { median: 100, min: 50, max: 200 },
      ours: { median: 99, min: 50, max: 190, ratio: 0.99 },
    });
  });

  it("tell whether a goal was reached, from both sides", () => {
    expect(reachesGoal(measure)).toBe(true);
    expect(reachesGoal({ ...measure, goal: { variant: "ours", atLeast: 1 } })).toBe(false);
    expect(reachesGoal({ ...measure, goal: { variant: "ours", atMost: 0.98 } })).toBe(false);
    const { goal: _, ...without } = measure;
    expect(reachesGoal(without)).toBeUndefined();
  });

  it("are written in three digits", () => {
    expect([1234.5, 123.4, 12.34, 1.234, 7, Number.NaN].map(formatNumber)).toEqual([
      "1,235",
      "123",
      "12.3",
      "1.23",
      "7",
      "–",
    ]);
    expect(formatRatio(0.987)).toBe("0.99×");
  });
});

describe("what is made of the results", () => {
  const section = { title: "Throughput", note: "In loops.", measures: [measure] };

  it("is a plot that holds every variant, its bar, and no markup of the names", () => {
    const svg = plot("Client & pool", [section]);
    expect(svg).toContain("<title>Client &amp; pool</title>");
    expect(svg).toContain("8 &lt;clients&gt; (queries/s; higher is better)");
    expect(svg.match(/<rect [^>]*fill="#0072b2"/g)).toHaveLength(1);
    expect(svg).toContain(">99 (0.99×)</text>");
    // Bars are as long as the figures are large.
    const widths = [...svg.matchAll(/height="13" fill|width="([\d.]+)" height="13"/g)].map(([, w]) =>
      Number(w),
    );
    expect(widths[1]).toBeCloseTo((widths[0] ?? 0) * 0.99);
  });

  it("is a page with the machine, the table and the goals", () => {
    const machine = {
      ...{ cpu: "a CPU", cores: 2, memoryGb: 24, system: "Linux", node: "v24", temporaryFolder: "ext4" },
      ...{ loadBefore: 1.5, niceness: 0 },
    };
    const result: PartResult = {
      ...{ part: "client", title: "Client", measuredAt: "2026-01-02T03:04:05Z", tookSeconds: 61.4, machine },
      sections: [{ ...section, measures: [{ ...measure, figures: figuresOf(measure) }] }],
    };
    const page = resultsPage([result], "## What limits\n");
    expect(page).toContain("`npm run bench client`, 2026-01-02, 61 s. 2 × a CPU, 24 GB");
    expect(page).toContain("|  | fixed | ours | goal |");
    expect(page).toContain("| 8 <clients>, queries/s | **100** | 99 (0.99×) | ours ≥ 0.98: met |");
    expect(page.trimEnd().endsWith("## What limits")).toBe(true);
  });
});
