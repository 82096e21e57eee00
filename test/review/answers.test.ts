// What a reviewer asks first, for previews of every sort: the verdict, is data lost, is there downtime, what it costs.
import { describe, expect, test } from "vitest";
import { answersOf } from "../../review/index.ts";
import { reviewOf } from "./support/recordings.ts";

const unchanged = "instance compute unchanged";
const unchangedBut = `${unchanged}, but read this`;

const expected: readonly [string, string, string, string, string | RegExp][] = [
  ["nothing-changed", "safe", "kept", "none expected", unchanged],
  ["instance-created", "safe", "kept", "none expected", /^\+1\.00 USD an hour, \+730\.00 USD in 730 hours/],
  [
    "instance-resized",
    "needs-attention",
    "kept",
    "yes",
    /^\+1\.50 USD an hour, .*1 → 4 capacity units an hour/,
  ],
  ["instance-shrunk", "needs-attention", "kept", "yes", /^−3\.00 USD an hour/],
  ["instance-renamed", "destroys-data", "LOST", "yes", unchanged],
  ["instance-deleted", "destroys-data", "LOST", "yes", /^−0\.50 USD an hour/],
  ["instance-moved-without-alias", "destroys-data", "LOST", "yes", unchanged],
  ["instance-in-another-workspace", "destroys-data", "LOST", "yes", unchanged],
  ["clone-recut", "destroys-data", "LOST", "yes", unchanged],
  ["project-removed", "destroys-data", "LOST", "yes", unchangedBut],
  ["branch-replaced", "destroys-data", "LOST", "yes", unchangedBut],
  ["storage-removed", "destroys-data", "LOST", "yes", unchanged],
  ["instance-deleted-retained", "needs-attention", "kept", "none expected", unchangedBut],
  [
    "instance-renamed-protected",
    "needs-attention",
    "kept, but read this",
    "not known, the preview failed",
    /not known/,
  ],
  ["instance-stopped", "needs-attention", "kept", "yes", /^−0\.50 USD an hour/],
  ["instance-started", "safe", "kept", "none expected", /^\+0\.50 USD an hour/],
  ["retention-shortened", "needs-attention", "kept, but read this", "none expected", unchanged],
  ["tags-and-policy", "safe", "kept", "none expected", unchangedBut],
  ["capacity-unknown", "needs-attention", "kept, but read this", "yes", "not known before the deployment"],
  ["app-unbound", "needs-attention", "kept", "only for who loses access", unchanged],
  ["catalog-removed", "needs-attention", "kept", "only for who loses access", unchanged],
  ["component-table-removed", "needs-attention", "kept, but read this", "yes", unchanged],
  ["app-created", "safe", "kept", "none expected", unchangedBut],
  ["synced-table-rekeyed", "needs-attention", "kept", "yes", unchangedBut],
  ["app-renamed", "needs-attention", "kept", "yes", unchangedBut],
  [
    "program-fails",
    "needs-attention",
    "not known, the preview failed",
    "not known, the preview failed",
    /not known/,
  ],
];

describe("verdict, data, downtime, cost", () => {
  test.each(expected)("%s", (name, verdict, data, downtime, cost) => {
    const review = reviewOf(name);
    const answers = Object.fromEntries(answersOf(review).map(({ question, answer }) => [question, answer]));
    expect({ verdict: review.verdict, data: answers.Data, downtime: answers.Downtime }).toEqual({
      verdict,
      data,
      downtime,
    });
    expect(answers.Cost).toMatch(cost);
  });
});
