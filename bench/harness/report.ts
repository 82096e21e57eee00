// Writes results as JSON, and from these the plots and the README that puts all of them together.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatNumber, formatRatio } from "./format.ts";
import { headlineTable, withHeadlines } from "./headlines.ts";
import type { Machine } from "./machine.ts";
import { plot } from "./plot.ts";
import { type Figure, figuresOf, type Measure, reachesGoal, type Section } from "./result.ts";

/** A part's file. */
export interface PartResult {
  part: string;
  title: string;
  measuredAt: string;
  tookSeconds: number;
  machine: Machine;
  sections: (Section & { measures: (Measure & { figures: Record<string, Figure> })[] })[];
}

/** The order of parts in the README; others follow. */
const order = ["pulumi", "connectivity", "client", "gateway", "sync"];
/** Written by people: what limits the figures. It becomes the README's last section. */
const findingsFile = "FINDINGS.md";

/** Writes a part's files. */
export async function writePart(
  folder: string,
  run: Omit<PartResult, "sections"> & { sections: Section[] },
): Promise<void> {
  const sections = run.sections.map((section) => ({
    ...section,
    measures: section.measures.map((measure) => ({ ...measure, figures: figuresOf(measure) })),
  }));
  await mkdir(folder, { recursive: true });
  const content = JSON.stringify({ ...run, sections }, rounded, 2);
  await writeFile(join(folder, `${run.part}.json`), `${content}\n`);
}

const rounded = (_key: string, value: unknown): unknown =>
  typeof value === "number" ? Number(value.toPrecision(6)) : value;

/** Reads the results of all parts, those of earlier runs included. */
export async function readResults(folder: string): Promise<PartResult[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort(byOrder);
  return await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8")) as PartResult),
  );
}

/** Writes the plots and the README of the results; with `projectReadme`, its figures too. */
export async function writeReadme(folder: string, projectReadme?: string): Promise<void> {
  const parts = await readResults(folder);
  for (const { part, title, sections } of parts) {
    await writeFile(join(folder, `${part}.svg`), plot(title, sections));
  }
  const findings = await readFile(join(folder, findingsFile), "utf8").catch(() => "");
  await writeFile(join(folder, "README.md"), resultsPage(parts, findings));
  if (projectReadme === undefined) return;
  const document = await readFile(projectReadme, "utf8");
  await writeFile(projectReadme, withHeadlines(document, headlineTable(parts)));
}

/** The page of all results. */
export function resultsPage(parts: readonly PartResult[], findings: string): string {
  return [
    "# Results",
    "",
    "Written by `npm run bench`; do not edit (the last section comes from `FINDINGS.md`). Medians of rounds in which",
    "the variants took turns; in brackets the median of the ratios to the **bold** variant within each round.",
    "",
    ...parts.flatMap(partLines),
    ...(findings ? [findings.trim(), ""] : []),
  ].join("\n");
}

function byOrder(a: string, b: string): number {
  const place = (name: string): number =>
    (order.indexOf(name.replace(".json", "")) + order.length + 1) % (order.length + 1);
  return place(a) - place(b) || a.localeCompare(b);
}

function partLines({ part, title, machine, measuredAt, tookSeconds, sections }: PartResult): string[] {
  const { cpu, cores, memoryGb, system, node, temporaryFolder, loadBefore, niceness } = machine;
  return [
    `## ${title}`,
    "",
    `\`npm run bench ${part}\`, ${measuredAt.slice(0, 10)}, ${Math.round(tookSeconds)} s. ${cores} × ${cpu}, ${memoryGb} GB, ${system}, ` +
      `Node ${node}, temporary files on ${temporaryFolder}; load average before: ${loadBefore}, niceness ${niceness}.`,
    "",
    `![${title}](${part}.svg)`,
    "",
    ...sections.flatMap(sectionLines),
  ];
}

function sectionLines({ title, note, measures }: Section): string[] {
  const variants = [...new Set(measures.flatMap((measure) => Object.keys(measure.samples)))];
  const hasGoal = measures.some((measure) => measure.goal);
  const header = ["", ...variants, ...(hasGoal ? ["goal"] : [])];
  return [
    `### ${title}`,
    "",
    note,
    "",
    `| ${header.join(" | ")} |`,
    `|${header.map((_, column) => (column === 0 ? "---" : "---:")).join("|")}|`,
    ...measures.map((measure) => {
      const figures = figuresOf(measure);
      const cells = variants.map((variant) => cell(figures[variant], variant === measure.baseline));
      return `| ${[`${measure.name}, ${measure.unit}`, ...cells, ...(hasGoal ? [goalOf(measure)] : [])].join(" | ")} |`;
    }),
    "",
  ];
}

function cell(figure: Figure | undefined, isBaseline: boolean): string {
  if (!figure) return "–";
  const number = formatNumber(figure.median);
  if (isBaseline) return `**${number}**`;
  const { ratio } = figure;
  return ratio === undefined || !Number.isFinite(ratio) ? number : `${number} (${formatRatio(ratio)})`;
}

function goalOf(measure: Measure): string {
  const { goal } = measure;
  if (!goal) return "";
  const bound = goal.atLeast === undefined ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`;
  return `${goal.variant} ${bound}: ${reachesGoal(measure) ? "met" : "missed"}`;
}
