// Runs the rules over a preview.
import type { Change } from "../model/changes.ts";
import { accessRules, appRules } from "./access.ts";
import { autoscalingRules } from "./autoscaling.ts";
import { databaseAccessRules } from "./database-access.ts";
import { instanceRules } from "./instance.ts";
import { instanceSettingRules } from "./instance-settings.ts";
import { powerRules } from "./power.ts";
import { previewRules, unknownRule } from "./preview.ts";
import { catalogRules, storageRules, syncedTableRules } from "./sharing.ts";
import { type ChangeRule, type Context, type Finding, type PreviewRule, severities } from "./types.ts";
import { verificationRules } from "./verification.ts";

/** The rules that a review goes by. */
export interface HazardRules {
  /** About one change each. */
  readonly changes: readonly ChangeRule[];
  /** About the preview as a whole. */
  readonly preview: readonly PreviewRule[];
}

/** All rules. A new one is an entry in its kind's file. */
export const hazardRules: HazardRules = {
  changes: [
    ...instanceRules,
    ...instanceSettingRules,
    ...powerRules,
    ...catalogRules,
    ...syncedTableRules,
    ...storageRules,
    ...appRules,
    ...accessRules,
    ...databaseAccessRules,
    ...autoscalingRules,
    ...verificationRules,
    unknownRule,
  ],
  preview: previewRules,
};

/** What the rules found. */
export interface Hazards {
  /** About the preview as a whole. */
  readonly preview: readonly Finding[];
  /** About each change that means something. */
  readonly changes: ReadonlyMap<Change, readonly Finding[]>;
}

/** Finds every hazard, the gravest first. */
export function findHazards(context: Context, rules: HazardRules = hazardRules): Hazards {
  const entries = context.changes.map((change): [Change, Finding[]] => [
    change,
    rules.changes
      .filter(({ kinds }) => kinds.includes(change.kind))
      .flatMap((rule) => finding(rule, rule.find(change, context)))
      .sort(byGravity),
  ]);
  return {
    preview: rules.preview.flatMap((rule) => finding(rule, rule.find(context))).sort(byGravity),
    changes: new Map(entries.filter(([, findings]) => findings.length > 0)),
  };
}

function finding(
  { id, severity, topic, also }: Pick<ChangeRule, "id" | "severity" | "topic" | "also">,
  found: string | { text: string; fix: string } | undefined,
): Finding[] {
  if (found === undefined) return [];
  const topics = { topic, ...(also === undefined ? {} : { also }) };
  return [{ rule: id, severity, ...topics, ...(typeof found === "string" ? { text: found } : found) }];
}

function byGravity(left: Finding, right: Finding): number {
  return severities.indexOf(right.severity) - severities.indexOf(left.severity);
}
