// What a hazard rule is, and what it finds.
import type { Change } from "../model/changes.ts";
import type { Kind } from "../model/kinds.ts";
import type { PreviewDiagnostic } from "../preview/digest.ts";

/** How grave a finding is; the gravest of a review is its verdict. */
export type Severity = "information" | "needs-attention" | "destroys-data";

/** The reviewer's question that a finding answers. */
export type Topic = "data" | "downtime" | "cost" | "access" | "deployment" | "verification";

/** The severities, mildest first. */
export const severities: readonly Severity[] = ["information", "needs-attention", "destroys-data"];

/** What a change means. */
export interface Finding {
  /** Id of the rule. */
  readonly rule: string;
  /** How grave it is. */
  readonly severity: Severity;
  /** The question that it answers. */
  readonly topic: Topic;
  /** Further questions that it answers. */
  readonly also?: readonly Topic[];
  /** One or two sentences; names and values in it stand in backquotes. */
  readonly text: string;
  /** What the author can do instead; missing where nothing is wrong. */
  readonly fix?: string;
}

/** The whole preview, for rules that need more than one change. */
export interface Context {
  readonly changes: readonly Change[];
  readonly diagnostics: readonly PreviewDiagnostic[];
  readonly maybeCorrupt: boolean;
}

/** A rule about one change. */
export interface ChangeRule {
  readonly id: string;
  readonly severity: Severity;
  readonly topic: Topic;
  /** Further questions that the finding answers. */
  readonly also?: readonly Topic[];
  readonly kinds: readonly Kind[];
  /** The meaning of the change, or undefined when the rule does not apply. */
  find(change: Change, context: Context): string | { text: string; fix: string } | undefined;
}

/** A rule about the preview as a whole. */
export interface PreviewRule extends Omit<ChangeRule, "kinds" | "find"> {
  find(context: Context): string | { text: string; fix: string } | undefined;
}
