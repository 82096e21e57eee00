// A review: what a preview means, apart from how it is written down.
import { costsOf, type InstanceCost } from "./cost/cost.ts";
import type { PriceTable } from "./cost/price-table.ts";
import {
  type Finding,
  findHazards,
  type HazardRules,
  hazardRules,
  type Severity,
  severities,
} from "./hazards/index.ts";
import { settingsByPower } from "./hazards/settings-by-power.ts";
import { type Change, changesOf, compare, type Operation } from "./model/changes.ts";
import { type Graph, graphOf } from "./model/graph.ts";
import { scrubbed } from "./model/values.ts";
import type { PreviewDigest } from "./preview/digest.ts";

/** The one word on top. */
export type Verdict = "safe" | "needs-attention" | "destroys-data";

/** One change with what it means. */
export interface ReviewedChange {
  /** What changes. */
  readonly change: Change;
  /** The gravest of its findings. */
  readonly severity: Severity;
  /** What it means, the gravest first. */
  readonly findings: readonly Finding[];
}

/** A resource that is none of Lakebase's. */
export interface OtherChange {
  readonly type: string;
  readonly name: string;
  readonly operation: Operation;
}

/** What a preview means. */
export interface Review {
  /** Project and stack; empty when the preview has no resource. */
  readonly project: string;
  /** Name of the stack; empty when the preview has no resource. */
  readonly stack: string;
  /** The gravest of all findings. */
  readonly verdict: Verdict;
  /** About the preview as a whole. */
  readonly findings: readonly Finding[];
  /** The gravest first. */
  readonly changes: readonly ReviewedChange[];
  /** Changes of resources that are none of Lakebase's. */
  readonly others: readonly OtherChange[];
  /** Number of resources that stay as they are. */
  readonly unchanged: number;
  /** Instances whose compute changes. */
  readonly costs: readonly InstanceCost[];
  /** The price table that the costs are from. */
  readonly prices?: PriceTable;
  /** What belongs to what, for the picture. */
  readonly graph: Graph;
  /** Whether the preview itself failed. */
  readonly failed: boolean;
}

/** What a review goes by. */
export interface ReviewOptions {
  /** Prices of an hour. Default: costs are told in capacity units. */
  readonly prices?: PriceTable | undefined;
  /** The hazard rules. Default: all. */
  readonly rules?: HazardRules;
}

/** Reviews a preview. The same preview gives the same review, whatever order its steps have. */
export function review(digest: PreviewDigest, options: ReviewOptions = {}): Review {
  const { prices, rules = hazardRules } = options;
  const changes = changesOf(digest);
  const hazards = findHazards(
    { changes, diagnostics: digest.diagnostics, maybeCorrupt: digest.maybeCorrupt },
    rules,
  );
  const reviewed = changes
    .filter(
      (change) => change.kind !== "other" && (hazards.changes.has(change) || isWorthARow(change, changes)),
    )
    .map((change): ReviewedChange => {
      const findings = hazards.changes.get(change) ?? [];
      return { change, findings, severity: gravest(findings) };
    })
    .sort(byGravity);
  const worst = gravest([...hazards.preview, ...reviewed]);
  return {
    ...stackOf(digest),
    verdict: worst === "information" ? "safe" : worst,
    findings: hazards.preview,
    changes: reviewed,
    others: changes.filter(({ kind, operation }) => kind === "other" && operation !== "unchanged").map(other),
    unchanged: changes.filter((change) => change.operation === "unchanged").length,
    costs: costsOf(changes, prices),
    ...(prices === undefined ? {} : { prices }),
    graph: graphOf(changes),
    failed: digest.diagnostics.some(({ severity }) => severity === "error"),
  };
}

/** The components' own helpers hold nothing, and the power resource mostly only waits for what the instance's own change does. */
function isWorthARow(change: Change, changes: readonly Change[]): boolean {
  const { kind, operation, properties } = change;
  if (operation === "unchanged" || kind === "helper") return false;
  if (kind === "sync-ready")
    return operation === "update" && properties.some(({ name }) => name === "indexes");
  if (kind !== "power") return true;
  const switches = operation === "update" && properties.some(({ name }) => name === "stopped");
  return switches || settingsByPower(change, changes) !== undefined;
}

function gravest(findings: readonly { severity: Severity }[]): Severity {
  return severities[Math.max(0, ...findings.map(({ severity }) => severities.indexOf(severity)))]!;
}

const kindOrder = [
  "project",
  "branch",
  "instance",
  "power",
  "database",
  "endpoint",
  "role",
  "catalog",
  "synced-table",
  "app",
];

function byGravity(left: ReviewedChange, right: ReviewedChange): number {
  const rank = ({ change }: ReviewedChange) => {
    const index = kindOrder.indexOf(change.kind);
    return index === -1 ? kindOrder.length : index;
  };
  return (
    severities.indexOf(right.severity) - severities.indexOf(left.severity) ||
    rank(left) - rank(right) ||
    compare(left.change.newName, right.change.newName) ||
    compare(left.change.urn, right.change.urn)
  );
}

function other({ title, urn, operation }: Change): OtherChange {
  return { type: title, name: urn.split("::").at(-1) ?? "", operation };
}

function stackOf({ steps }: PreviewDigest): { project: string; stack: string } {
  const [stack = "", project = ""] = steps[0]?.urn.split("::") ?? [];
  return { project: scrubbed(project), stack: scrubbed(stack.replace(/^urn:pulumi:/, "")) };
}
