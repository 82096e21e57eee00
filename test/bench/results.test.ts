// The figures that people read are those of the committed results; none is written by hand.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { headlineTable, withHeadlines } from "../../bench/harness/headlines.ts";
import { plot } from "../../bench/harness/plot.ts";
import { type PartResult, readResults, resultsPage } from "../../bench/harness/report.ts";
import { figuresOf } from "../../bench/harness/result.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "bench/results");
const text = (file: string) => readFile(join(root, file), "utf8");

let parts: PartResult[];

beforeAll(async () => {
  parts = await readResults(folder);
});

describe("the committed results", () => {
  it("are of every part, with the facts of the machine", () => {
    expect(parts.map(({ part }) => part)).toEqual(["pulumi", "connectivity", "client", "gateway", "sync"]);
    for (const { machine } of parts) expect(machine).toMatchObject({ cores: expect.any(Number) });
  });

  it("hold the figures that their samples give", () => {
    const measures = parts.flatMap(({ sections }) => sections.flatMap((section) => section.measures));
    for (const measure of measures) {
      for (const [variant, { median, ratio }] of Object.entries(figuresOf(measure))) {
        // Rounded to six digits.
        const { median: storedMedian = Number.NaN, ratio: storedRatio } = measure.figures[variant] ?? {};
        expect(Math.abs(storedMedian - median)).toBeLessThanOrEqual(Math.abs(median) * 1e-5);
        // Infinite where the baseline is 0: JSON has no such number.
        if (Number.isFinite(ratio)) expect(storedRatio).toBeCloseTo(ratio ?? 0, 3);
      }
    }
  });

  it("are what their page and their plots show", async () => {
    expect(await text("bench/results/README.md")).toBe(
      resultsPage(parts, await text("bench/results/FINDINGS.md")),
    );
    for (const { part, title, sections } of parts) {
      expect(await text(`bench/results/${part}.svg`)).toBe(plot(title, sections));
    }
  });

  it("are what README.md shows, every headline of it", async () => {
    const readme = await text("README.md");
    const table = headlineTable(parts);
    expect(withHeadlines(readme, table)).toBe(readme);
    expect(table.split("\n")).toHaveLength(2 + 11);
  });
});

it("a README without the place for figures is told so", () => {
  expect(() => withHeadlines("# A document\n", "| table |")).toThrow("no place for the figures");
});
