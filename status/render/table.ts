// Tables for a terminal: columns as wide as their widest cell, and as narrow as the terminal demands.
import { type Style, shown } from "./style.ts";

/** A column. */
export interface Column {
  readonly title: string;
  /** Left out first where the terminal is too narrow: the highest number goes first. Default: it stays. */
  readonly expendable?: number;
  readonly align?: "right";
}

/** A row, its mark, and what is said below it. */
export interface Row {
  readonly mark: string;
  readonly cells: readonly string[];
  readonly notes?: readonly string[];
}

const gap = 2;
const narrowest = 8;

/** Lines of a table; the marks stand before the first column. `width` undefined: as wide as it needs. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly Row[],
  { width, style }: { readonly width: number | undefined; readonly style: Style },
): string[] {
  const cells = rows.map((row) => row.cells.map(shown));
  const natural = columns.map(({ title }, index) =>
    Math.max(length(title), ...cells.map((row) => length(row[index] ?? ""))),
  );
  const kept = keptColumns(columns, natural, width);
  const widths = shrunk(
    kept.map((index) => natural[index]!),
    width,
  );
  const line = (texts: readonly string[]) =>
    kept
      .map((index, at) => padded(texts[index] ?? "", widths[at]!, columns[index]?.align))
      .join(" ".repeat(gap))
      .trimEnd();
  return [
    `  ${style.dim(line(columns.map(({ title }) => title.toUpperCase())))}`,
    ...rows.flatMap(({ mark, notes = [] }, row) => [
      `${mark} ${line(cells[row]!)}`,
      ...notes.flatMap((note) => wrap(note, width, "    ", "      ").map(style.dim)),
    ]),
  ];
}

function keptColumns(
  columns: readonly Column[],
  natural: readonly number[],
  width: number | undefined,
): number[] {
  let kept = columns.map((_, index) => index);
  while (width !== undefined && total(kept.map((index) => natural[index]!)) > width) {
    const goes = kept
      .filter((index) => columns[index]?.expendable !== undefined)
      .sort((left, right) => columns[right]!.expendable! - columns[left]!.expendable!)[0];
    if (goes === undefined) break;
    kept = kept.filter((index) => index !== goes);
  }
  return kept;
}

/** Takes from the widest until all fit, or none can be narrower. */
function shrunk(natural: readonly number[], width: number | undefined): number[] {
  const widths = [...natural];
  while (width !== undefined && total(widths) > width) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= narrowest) break;
    widths[widest]! -= 1;
  }
  return widths;
}

function total(widths: readonly number[]): number {
  return 2 + widths.reduce((sum, width) => sum + width + gap, -gap);
}

function padded(text: string, width: number, align: "right" | undefined): string {
  const points = [...text];
  const cut = points.length > width ? `${points.slice(0, width - 1).join("")}…` : text;
  const padding = " ".repeat(width - length(cut));
  return align === "right" ? `${padding}${cut}` : `${cut}${padding}`;
}

function length(text: string): number {
  return [...text].length;
}

/** Words of a paragraph, broken at the width, with later lines indented. */
export function wrap(text: string, width: number | undefined, first: string, rest: string): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of shown(text).split(" ")) {
    if (width !== undefined && !isEmpty && length(line) + 1 + length(word) > width) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
