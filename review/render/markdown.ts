// A review as Markdown for a comment on a pull request: on GitHub, GitLab and Azure DevOps alike.
import { answersOf } from "../answers.ts";
import { quoted } from "../hazards/reading.ts";
import { shortened } from "../model/values.ts";
import type { Review, ReviewedChange } from "../review.ts";
import { bytes, entriesWithin } from "./limit.ts";
import { pictureOf } from "./mermaid.ts";
import {
  countsOf,
  details,
  differences,
  hourInWords,
  operationInWords,
  signs,
  subject,
  verdictInWords,
  verdictSigns,
} from "./words.ts";

/** GitHub's limit of a comment; GitLab's and Azure DevOps' are higher. */
export const commentLimit = 65_536;
/** With less there is no room for the answers. */
export const smallestLimit = 8_192;

const longestReason = 400;
const shownReasons = 3;

/** The first line of a comment, by which a workflow finds it again. */
export function commentMarker({ project, stack }: Pick<Review, "project" | "stack">): string {
  return `<!-- pulumi-lakebase review ${`${project}/${stack}`.replace(/[^\w./-]/g, "_")} -->`;
}

/** Writes the review; never longer than `limit` bytes, and the same for the same review. */
export function renderMarkdown(review: Review, limit = commentLimit): string {
  const head = [commentMarker(review), title(review), answers(review)].join("\n");
  const picture = pictureSection(review);
  let left = limit - bytes(head) - bytes(picture) - 4;
  const sections: string[] = [];
  const add = (section: string) => {
    if (section === "" || bytes(section) + 2 > left) return;
    left -= bytes(section) + 2;
    sections.push(section);
  };
  add(changesTable(review, left * 0.6));
  add(costTable(review, left * 0.3));
  const middle = sections.length;
  add(fixes(review, left * 0.5));
  add(properties(review, left * 0.8));
  add(others(review, left * 0.9));
  return `${[head, ...sections.slice(0, middle), picture, ...sections.slice(middle)].filter((part) => part !== "").join("\n\n")}\n`;
}

function title({ verdict, project, stack }: Review): string {
  const of = stack === "" ? "" : `: ${quoted(shortened(project, 80))}, stack ${quoted(shortened(stack, 80))}`;
  return `## ${verdictSigns[verdict]} ${verdictInWords[verdict]}${of}\n`;
}

function answers(review: Review): string {
  const rows = answersOf(review).map(({ question, answer, reasons }) => {
    const told = reasons.slice(0, shownReasons).map((reason) => shortened(reason, longestReason));
    const more = reasons.length > shownReasons ? [`and ${reasons.length - shownReasons} more, below`] : [];
    return row([`**${question}**`, [`**${answer}**`, ...told, ...more].join("<br>")]);
  });
  return ["| Question | Answer |", "|---|---|", ...rows].join("\n");
}

function changesTable(review: Review, budget: number): string {
  const rows = [
    ...review.findings.map((finding) =>
      row([signs[finding.severity], "the preview", "", sentence(finding.text)]),
    ),
    ...review.changes.map(changeRow),
  ];
  if (rows.length === 0) return "No change of a Lakebase resource.";
  const header = ["### Changes", "", "| | What | Before → after | What it means |", "|---|---|---|---|"];
  const missing = (count: number) =>
    row(["", `${count} more left out`, "", "the comment would be too long; `--format json` has them all"]);
  return [...header, ...entriesWithin(rows, budget - bytes(header.join("\n")), missing)].join("\n");
}

function changeRow({ change, severity, findings }: ReviewedChange): string {
  const { title: kind, name } = subject(change);
  const before = differences(change).map(
    ({ label, before, after }) => `${label}: ${quoted(before)} → ${quoted(after)}`,
  );
  const meaning = findings.map(({ text }) => sentence(text));
  return row([
    signs[severity],
    `${kind} ${quoted(name)} ${operationInWords[change.operation]}`,
    before.join("<br>"),
    (meaning.length === 0 ? ["No effect on data or connections is known."] : meaning).join("<br>"),
  ]);
}

function costTable({ costs, prices }: Review, budget: number): string {
  if (costs.length === 0) return "";
  const rows = costs.map(({ name, before, after }) =>
    row([quoted(name), hourInWords(before, prices), hourInWords(after, prices)]),
  );
  const source = prices?.source === undefined ? "" : `, from ${quoted(shortened(prices.source, 200))}`;
  const note =
    prices === undefined
      ? "One capacity unit is one node of CU_1 for an hour. Give a price table for amounts."
      : `Prices of ${prices.asOf}${source}; storage, pipelines and apps are not in it.`;
  const header = ["### Compute per hour", "", "| Instance | Before | After |", "|---|---|---|"];
  const room = budget - bytes([...header, note].join("\n")) - 2;
  return [...header, ...entriesWithin(rows, room, (count) => row([`${count} more`, "", ""])), "", note].join(
    "\n",
  );
}

function pictureSection({ graph, changes }: Review): string {
  if (changes.length === 0) return "";
  const { source, leftOut } = pictureOf(graph);
  if (source === "") return "";
  const note = leftOut === 0 ? [] : ["", `Not drawn for its size: ${leftOut} more.`];
  return ["### Picture", "", "```mermaid", source, "```", ...note].join("\n");
}

function fixes({ changes, findings }: Review, budget: number): string {
  const all = [...findings, ...changes.flatMap((reviewed) => reviewed.findings)].flatMap(({ fix, rule }) =>
    fix === undefined ? [] : [`- ${cell(sentence(fix))} (${rule})`],
  );
  return fold("What to do instead", [...new Set(all)], budget);
}

function properties({ changes }: Review, budget: number): string {
  const entries = changes.flatMap(({ change }) => {
    const { title: kind, name } = subject(change);
    const lines = details(change).map(
      ({ label, values }) => `  - ${label}: ${values.map(quoted).join(" → ")}`,
    );
    return lines.length === 0
      ? []
      : [`- ${kind} ${quoted(name)} (${operationInWords[change.operation]})\n${lines.join("\n")}`];
  });
  return fold("Every property that changes", entries, budget);
}

function others({ others: list, unchanged }: Review, budget: number): string {
  const entries = list.map(
    ({ type, name, operation }) => `- ${quoted(type)} ${quoted(name)}: ${operationInWords[operation]}`,
  );
  const same = unchanged === 0 ? "" : `, ${unchanged} unchanged`;
  if (entries.length === 0) return "";
  return fold(`Other resources: ${countsOf(list)}${same}`, entries, budget);
}

function fold(summary: string, entries: readonly string[], budget: number): string {
  if (entries.length === 0) return "";
  const frame = ["<details>", `<summary>${summary}</summary>`, "", "", "</details>"];
  const missing = (count: number) => `- … and ${count} more left out; \`--format json\` has them all`;
  const room = budget - bytes(frame.join("\n"));
  return [...frame.slice(0, 3), ...entriesWithin(entries, room, missing), ...frame.slice(3)].join("\n");
}

/** A finding begins in lower case, as an error does; a sentence of a comment does not. */
function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(" | ")} |`;
}

/** A pipe ends a cell even inside backquotes. */
function cell(text: string): string {
  return text.replace(/\\(?=\|)/g, "\\ ").replaceAll("|", "\\|");
}
