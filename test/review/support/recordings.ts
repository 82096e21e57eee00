// The recorded previews, read once.
import fs from "node:fs";
import path from "node:path";
import {
  type HazardRules,
  type PriceTable,
  parsePreview,
  parsePriceTable,
  type Review,
  review,
} from "../../../review/index.ts";

const folder = path.join(import.meta.dirname, "..", "recordings");

/** Names of all recordings. */
export const recordingNames: readonly string[] = fs
  .readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length))
  .sort();

/** The price table of the goldens. */
export const prices: PriceTable = parsePriceTable(
  fs.readFileSync(path.join(import.meta.dirname, "..", "prices.json"), "utf8"),
);

/** The text of a recording, as the engine wrote it. */
export function recordingText(name: string): string {
  return fs.readFileSync(path.join(folder, `${name}.json`), "utf8");
}

/** The review of a recording. */
export function reviewOf(name: string, rules?: HazardRules): Review {
  return review(parsePreview(recordingText(name)), { prices, ...(rules === undefined ? {} : { rules }) });
}
