// A preview in, what a reviewer must know out.
export { type Answer, answersOf } from "./answers.ts";
export type { HourlyCost, InstanceCost } from "./cost/cost.ts";
export { type PriceTable, PriceTableError, parsePriceTable } from "./cost/price-table.ts";
export { type Finding, type HazardRules, hazardRules, type Severity, type Topic } from "./hazards/index.ts";
export type { PreviewDigest } from "./preview/digest.ts";
export { NotAPreviewError, parsePreview } from "./preview/parse.ts";
export { renderJson, reviewSchemaVersion } from "./render/json.ts";
export { commentLimit, commentMarker, renderMarkdown, smallestLimit } from "./render/markdown.ts";
export { renderText } from "./render/text.ts";
export { type Review, type ReviewedChange, type ReviewOptions, review, type Verdict } from "./review.ts";
