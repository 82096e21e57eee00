// The figures that README.md shows, taken from the results: nobody types one in.
import { formatNumber, formatRatio } from "./format.ts";
import type { PartResult } from "./report.ts";
import { type Figure, figuresOf } from "./result.ts";

const begin = "<!-- Figures: written by `npm run bench:readme` from bench/results -->";
const end = "<!-- /Figures -->";

/** Where a figure is found, and how it is told. */
interface Headline {
  what: string;
  part: string;
  /** Section, name and unit of the measure. */
  measure: [section: string, name: string, unit: string];
  variant: string;
  /** In place of the baseline's name in the table. */
  against?: string;
}

const pulumiUnit = "s";
const headlines: Headline[] = [
  {
    what: "`pulumi preview` of an edited program, 10 synced tables",
    part: "pulumi",
    measure: ["Preview against Pulumi's template", "10 tables", pulumiUnit],
    variant: "pulumi-lakebase",
    against: "the same resources by hand, with the settings of Pulumi's template",
  },
  {
    what: "`pulumi preview`, 100 synced tables",
    part: "pulumi",
    measure: ["Preview", "100 tables", pulumiUnit],
    variant: "pulumi-lakebase",
    against: "the same resources by hand, without components",
  },
  {
    what: "`pulumi up`, 10 synced tables online and read",
    part: "pulumi",
    measure: ["Up", "10 tables", pulumiUnit],
    variant: "pulumi-lakebase",
    against: "the same resources by hand, without components",
  },
  {
    what: "ConnectivityCheck",
    part: "connectivity",
    measure: ["Proof", "in a process that runs", "ms"],
    variant: "ConnectivityCheck",
    against: "a POST, a connection and a SELECT alone",
  },
  {
    what: "Pool, 8 clients",
    part: "client",
    measure: ["Throughput", "8 clients", "queries/s"],
    variant: "pulumi-lakebase",
    against: "pg.Pool with a static password",
  },
  {
    what: "Pool, failed queries while tokens rotate",
    part: "client",
    measure: ["Failures", "rotation", "failed queries"],
    variant: "pulumi-lakebase",
  },
  {
    what: "Pool, failed queries while no credentials are to be had for 15 s",
    part: "client",
    measure: ["Failures", "credential API down", "failed queries"],
    variant: "pulumi-lakebase",
  },
  {
    what: "Local workspace, reads of the REST API, 64 connections",
    part: "gateway",
    measure: ["REST API", "reads, 64 connections", "requests/s"],
    variant: "REST API",
    against: "a bare node:http server that answers the same bytes",
  },
  {
    what: "Local workspace, gateway, 8 connections",
    part: "gateway",
    measure: ["Gateway with node-postgres", "8 connections", "queries/s"],
    variant: "gateway",
    against: "PostgreSQL with TLS of its own",
  },
  {
    what: "Local workspace, from its start to the first answer",
    part: "gateway",
    measure: ["Start to first query", "data from before", "ms to the first answer"],
    variant: "local workspace",
  },
  {
    what: "Sync, snapshot with primary key and statistics",
    part: "sync",
    measure: ["Snapshot", "copied, primary key, ANALYZE", "rows/s"],
    variant: "sync",
    against: "psql's \\copy, then the same",
  },
];

/** The table for README.md. */
export function headlineTable(parts: readonly PartResult[]): string {
  return [
    "| measured | figure | ratio | to |",
    "|---|---:|---:|---|",
    ...headlines.flatMap((headline) => row(headline, parts)),
  ].join("\n");
}

function row({ what, part, measure, variant, against }: Headline, parts: readonly PartResult[]): string[] {
  const [title, name, unit] = measure;
  const found = parts
    .find((result) => result.part === part)
    ?.sections.find((section) => section.title === title)
    ?.measures.find((candidate) => candidate.name === name && candidate.unit === unit);
  const figure: Figure | undefined = found && figuresOf(found)[variant];
  if (!found || !figure) return [];
  // What is counted, or timed until, is told in the first column.
  const shownUnit = unit === "failed queries" ? "" : ` ${unit.replace(/ to the first answer$/, "")}`;
  const shown = `${formatNumber(figure.median)}${shownUnit}`;
  const ratio = figure.ratio === undefined ? "" : formatRatio(figure.ratio);
  return [`| ${what} | ${shown} | ${ratio} | ${ratio === "" ? "" : (against ?? found.baseline ?? "")} |`];
}

/** The document with the table in its place. */
export function withHeadlines(document: string, table: string): string {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md has no place for the figures: ${begin} … ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${table}\n\n${document.slice(to)}`;
}
