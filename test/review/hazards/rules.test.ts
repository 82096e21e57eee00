// Each hazard rule is needed: without it, the review of some recorded preview is another one.
import { describe, expect, test } from "vitest";
import {
  type HazardRules,
  hazardRules,
  parsePreview,
  type Review,
  renderMarkdown,
  review,
} from "../../../review/index.ts";
import { recordingNames, recordingText, reviewOf } from "../support/recordings.ts";

const ids = [...hazardRules.changes, ...hazardRules.preview].map(({ id }) => id);
// The engine says so only after an accident that no recording can bring about.
const damaged = parsePreview(
  JSON.stringify({ ...JSON.parse(recordingText("nothing-changed")), maybeCorrupt: true }),
);

function reviewed(name: string, rules?: HazardRules): Review {
  if (name !== "state-damaged") return reviewOf(name, rules);
  return review(damaged, rules === undefined ? {} : { rules });
}

const names = [...recordingNames, "state-damaged"];
const whole = new Map(names.map((name) => [name, renderMarkdown(reviewed(name))]));

function without(id: string): HazardRules {
  return {
    changes: hazardRules.changes.filter((rule) => rule.id !== id),
    preview: hazardRules.preview.filter((rule) => rule.id !== id),
  };
}

test("no two rules have the same id", () => {
  expect(new Set(ids).size).toBe(ids.length);
});

describe("without the rule, a golden review changes", () => {
  test.each(ids)("%s", (id) => {
    const changed = names.filter((name) => renderMarkdown(reviewed(name, without(id))) !== whole.get(name));
    expect(changed).not.toEqual([]);
  });
});
