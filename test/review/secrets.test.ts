// Nothing that is not on the list of shown properties gets into a review, whatever it is and wherever it stands.
import { describe, expect, test } from "vitest";
import {
  parsePreview,
  type Review,
  renderJson,
  renderMarkdown,
  renderText,
  review,
} from "../../review/index.ts";
import { kindOf } from "../../review/model/kinds.ts";
import { recordingNames, recordingText, reviewOf } from "./support/recordings.ts";

const forms = (reviewed: Review) =>
  [renderMarkdown(reviewed), renderJson(reviewed), renderText(reviewed)].join("\n");

interface State {
  type: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** Every text of a value becomes a canary. */
function canaries(value: unknown): unknown {
  if (typeof value === "string") return "CANARY";
  if (Array.isArray(value)) return value.map(canaries);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, canaries(member)]));
}

function poison({ type, inputs = {}, outputs = {} }: State): Partial<State> {
  const { shown: paths, nameFrom } = kindOf(type);
  const shown = new Set([...Object.keys(paths).map((path) => path.split(".")[0]), nameFrom]);
  const members = Object.entries({ ...inputs, __provider: "code", token: "t", password: "p" });
  return {
    inputs: Object.fromEntries(
      members.map(([key, value]) => [key, shown.has(key) ? value : canaries(value)]),
    ),
    // The clones' names are the one thing that is read from outputs.
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([key, value]) => [
        key,
        key === "childInstanceRefs" ? value : canaries(value),
      ]),
    ),
  };
}

describe("no value of a property that is not on the list", () => {
  test.each(recordingNames)("%s", (name) => {
    const digest = JSON.parse(recordingText(name));
    for (const step of digest.steps ?? []) {
      for (const side of ["oldState", "newState"]) {
        if (step[side] !== undefined) Object.assign(step[side], poison(step[side]));
      }
    }
    digest.config = { "databricks:token": "CANARY", "orders:password": "CANARY" };
    const text = JSON.stringify(digest);
    expect(text).toContain("CANARY");
    expect(forms(review(parsePreview(text)))).not.toContain("CANARY");
  });
});

test("no provider code, token or secret of a recording", () => {
  for (const name of recordingNames) {
    expect(forms(reviewOf(name))).not.toMatch(/__provider|exports\.handler|hunter2|dapi/);
  }
});

test("a secret in a shown property is said to be one", () => {
  expect(renderMarkdown(reviewOf("provider-with-token"))).toContain("tags: `(secret)`");
});

test.each([
  ["a personal access token", `dapi${"1a".repeat(16)}`],
  ["a JWT", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"],
  ["a password in an address", "postgres://owner:hunter2-x@host/db"],
  ["a header", "Authorization: Bearer abcdefghijklmnop"],
  ["an assignment", "password=hunter2-x"],
])("%s in a tag or an error is taken out", (_what, secret) => {
  const digest = JSON.parse(recordingText("tags-and-policy"));
  for (const step of digest.steps) {
    const tags = step.newState?.inputs?.customTags;
    if (tags !== undefined) tags[0].value = secret;
  }
  digest.diagnostics = [{ severity: "error", message: `error: request failed: ${secret}\nand more` }];
  const text = forms(review(parsePreview(JSON.stringify(digest))));
  expect(text).toContain("(removed)");
  expect(text).not.toContain(secret);
  expect(text).not.toContain("hunter2");
});
