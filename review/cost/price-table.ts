// The price table: an input of the review with its date, since prices differ by cloud, region and contract.
import { isCapacity } from "../../lakebase/rules/index.ts";

/** Prices per hour of one node, by capacity tier. */
export interface PriceTable {
  /** Such as `USD`. */
  readonly currency: string;
  /** Day the prices were looked up, `2026-01-31`. */
  readonly asOf: string;
  /** Where they are from. */
  readonly source?: string;
  /** Price of one node for an hour, by tier. */
  readonly perHour: Readonly<Record<string, number>>;
}

/** The price table cannot be used; the message lists every problem. */
export class PriceTableError extends Error {
  override readonly name = "PriceTableError";
}

/**
 * Reads a price table: `{"currency": "USD", "asOf": "2026-01-31", "source": "…", "perHour": {"CU_1": 0.5}}`.
 *
 * @throws PriceTableError with every problem at once
 */
export function parsePriceTable(text: string): PriceTable {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new PriceTableError("price table: is not JSON; fix: write it as the reviews guide shows");
  }
  const table = (typeof document === "object" && document !== null ? document : {}) as Record<
    string,
    unknown
  >;
  const problems = [
    ...(isText(table.currency) && table.currency.length <= 8
      ? []
      : ['currency: is not a currency; fix: write it as "USD"']),
    ...(isDay(table.asOf) ? [] : ['asOf: is not a day; fix: write the day of the prices as "2026-01-31"']),
    ...(table.source === undefined || isText(table.source)
      ? []
      : ["source: is not a text; fix: name where the prices are from"]),
    ...priceProblems(table.perHour),
  ];
  if (problems.length > 0)
    throw new PriceTableError(problems.map((problem) => `price table: ${problem}`).join("\n"));
  return table as unknown as PriceTable;
}

function priceProblems(prices: unknown): string[] {
  if (typeof prices !== "object" || prices === null || Array.isArray(prices)) {
    return ['perHour: is not an object; fix: write { "CU_1": 0.5, … }'];
  }
  return Object.entries(prices).flatMap(([tier, price]) => [
    ...(isCapacity(tier) ? [] : [`perHour.${tier}: is not a capacity tier; allowed: CU_1, CU_2, CU_4, CU_8`]),
    ...(typeof price === "number" && price >= 0
      ? []
      : [`perHour.${tier}: is not a price; fix: write a number of at least 0`]),
  ]);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function isDay(value: unknown): boolean {
  return typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value));
}
