// A review as JSON for other programs: versioned, complete, in a fixed order.
import { answersOf } from "../answers.ts";
import { inWords } from "../model/values.ts";
import type { Review } from "../review.ts";

/** Version of the shape. Members may be added within a version; none is removed or changed. */
export const reviewSchemaVersion = 1;

/** Writes the review as JSON. */
export function renderJson(review: Review): string {
  const { project, stack, verdict, failed, findings, changes, others, unchanged, costs, prices, graph } =
    review;
  const document = {
    schemaVersion: reviewSchemaVersion,
    project,
    stack,
    verdict,
    previewFailed: failed,
    answers: answersOf(review),
    findings,
    changes: changes.map(({ change, severity, findings }) => ({
      urn: change.urn,
      kind: change.kind,
      name: change.name,
      newName: change.newName,
      operation: change.operation,
      severity,
      properties: change.properties.map(({ name, before, after }) => ({
        name,
        before: inWords(before),
        after: inWords(after),
      })),
      findings,
    })),
    others,
    unchanged,
    costs,
    ...(prices === undefined
      ? {}
      : { prices: { currency: prices.currency, asOf: prices.asOf, source: prices.source } }),
    graph,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
