// The answers to what a reviewer asks first: is data lost, is there downtime, what does it cost, will it deploy?
import type { HourlyCost } from "./cost/cost.ts";
import type { Finding, Topic } from "./hazards/index.ts";
import type { Review } from "./review.ts";

/** One question and its answer. */
export interface Answer {
  /** The reviewer's question. */
  readonly question: "Data" | "Downtime" | "Cost" | "Access" | "Deployment" | "Verification";
  /** In a few words. */
  readonly answer: string;
  /** Why, the gravest first. */
  readonly reasons: readonly string[];
}

/** The answers: the first three always and in this order, the others where there is something to say. */
export function answersOf(review: Review): Answer[] {
  const findings = [...review.findings, ...review.changes.flatMap((reviewed) => reviewed.findings)];
  const attention = (topic: Topic) =>
    unique(
      findings.filter(
        ({ topic: own, also, severity }) =>
          (own === topic || also?.includes(topic)) && severity !== "information",
      ),
    );
  return [
    data(review, findings, attention("data")),
    downtime(review, findings),
    cost(review, unique(findings.filter(({ topic }) => topic === "cost"))),
    ...some("Access", "changes", attention("access")),
    ...some(
      "Deployment",
      review.failed ? "the preview failed" : "will fail or needs care",
      attention("deployment"),
    ),
    ...some("Verification", "needs care", attention("verification")),
  ];
}

function some(question: Answer["question"], answer: string, reasons: string[]): Answer[] {
  return reasons.length === 0 ? [] : [{ question, answer, reasons }];
}

function data(review: Review, findings: readonly Finding[], reasons: string[]): Answer {
  const lost = unique(findings.filter(({ severity }) => severity === "destroys-data"));
  if (lost.length > 0)
    return { question: "Data", answer: "LOST", reasons: [...new Set([...lost, ...reasons])] };
  if (reasons.length > 0) return { question: "Data", answer: "kept, but read this", reasons };
  if (review.failed) return { question: "Data", answer: "not known, the preview failed", reasons };
  return { question: "Data", answer: "kept", reasons: [] };
}

function downtime(review: Review, findings: readonly Finding[]): Answer {
  const question = "Downtime";
  const grave = findings.filter(({ severity }) => severity !== "information");
  const told = (topic: Topic) =>
    grave.filter((finding) => finding.topic === topic && finding.also?.includes("downtime"));
  const reasons = unique([...grave.filter(({ topic }) => topic === "downtime"), ...told("data")]);
  const gone = review.changes.some(({ severity }) => severity === "destroys-data");
  if (gone) {
    const text = "whatever uses what is deleted loses it";
    return { question, answer: "yes", reasons: [text, ...reasons] };
  }
  if (reasons.length > 0) return { question, answer: "yes", reasons };
  if (review.failed) return { question, answer: "not known, the preview failed", reasons };
  const shutOut = unique(told("access"));
  if (shutOut.length > 0) return { question, answer: "only for who loses access", reasons: shutOut };
  return { question, answer: "none expected", reasons };
}

function cost(review: Review, reasons: string[]): Answer {
  const question = "Cost";
  const { costs } = review;
  if (costs.length === 0) {
    if (review.failed) return { question, answer: "not known, the preview failed", reasons };
    return { question, answer: reasons.length === 0 ? unchanged : `${unchanged}, but read this`, reasons };
  }
  const sides = [total(costs.map(({ before }) => before)), total(costs.map(({ after }) => after))] as const;
  const answer = difference(sides[0], sides[1], review);
  return { question, answer: review.failed ? `${answer}, as far as the preview got` : answer, reasons };
}

function total(costs: readonly HourlyCost[]): HourlyCost {
  return costs.reduce<HourlyCost>(
    (sum, one) => {
      if (!sum.known || !one.known) return { known: false };
      const price = sum.price === undefined || one.price === undefined ? undefined : sum.price + one.price;
      return { known: true, units: sum.units + one.units, ...(price === undefined ? {} : { price }) };
    },
    { known: true, units: 0, price: 0 },
  );
}

const unchanged = "instance compute unchanged";
const hoursOfAMonth = 730;

function difference(before: HourlyCost, after: HourlyCost, { prices }: Review): string {
  if (!before.known || !after.known) return "not known before the deployment";
  if (before.units === after.units && before.price === after.price) return unchanged;
  const compute = `${before.units} → ${unitsInWords(after.units)} an hour`;
  if (prices === undefined) return `${compute} (no price table given)`;
  if (before.price === undefined || after.price === undefined)
    return `${compute} (a tier is not in the price table)`;
  const change = after.price - before.price;
  const sign = change < 0 ? "−" : "+";
  const money = (amount: number) => `${Math.abs(amount).toFixed(2)} ${prices.currency}`;
  return `${sign}${money(change)} an hour, ${sign}${money(change * hoursOfAMonth)} in ${hoursOfAMonth} hours (${compute}; prices of ${prices.asOf})`;
}

/** `1 capacity unit`, `4 capacity units`. */
export function unitsInWords(units: number): string {
  return `${units} capacity ${units === 1 ? "unit" : "units"}`;
}

function unique(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ text }) => text))];
}
