// A review for the terminal: plain lines, no colour, readable in a log.
import { answersOf } from "../answers.ts";
import type { Review } from "../review.ts";
import { countsOf, differences, hourInWords, operationInWords, subject, verdictInWords } from "./words.ts";

const marks = { information: " ", "needs-attention": "!", "destroys-data": "X" } as const;

/** Writes the review as lines of text. */
export function renderText(review: Review): string {
  const of = review.stack === "" ? "" : ` (${review.project}, stack ${review.stack})`;
  const lines = [
    `${verdictInWords[review.verdict].toUpperCase()}${of}`,
    "",
    ...answersOf(review).flatMap(({ question, answer, reasons }) => [
      `${`${question}:`.padEnd(12)}${answer}`,
      ...reasons.map((reason) => `            - ${reason}`),
    ]),
    ...changes(review),
    ...costs(review),
    ...(review.others.length === 0 ? [] : ["", `Other resources: ${countsOf(review.others)}`]),
  ];
  return `${lines.join("\n").replaceAll("`", "'")}\n`;
}

function changes(review: Review): string[] {
  const entries = review.changes.flatMap(({ change, severity, findings }) => {
    const { title, name } = subject(change);
    return [
      `${marks[severity]} ${title} ${name} ${operationInWords[change.operation]}`,
      ...differences(change).map(({ label, before, after }) => `    ${label}: ${before} -> ${after}`),
      ...findings.flatMap(({ text, fix }) => [
        `    ${text}`,
        ...(fix === undefined ? [] : [`    fix: ${fix}`]),
      ]),
    ];
  });
  return entries.length === 0 ? ["", "No change of a Lakebase resource."] : ["", "Changes:", ...entries];
}

function costs({ costs: list, prices }: Review): string[] {
  if (list.length === 0) return [];
  const lines = list.map(
    ({ name, before, after }) => `  ${name}: ${hourInWords(before, prices)} -> ${hourInWords(after, prices)}`,
  );
  return ["", `Compute per hour${prices === undefined ? "" : ` (prices of ${prices.asOf})`}:`, ...lines];
}
