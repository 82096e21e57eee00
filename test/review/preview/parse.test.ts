// What is not a preview is refused with what it is and the fix; its content is never repeated.
import { describe, expect, test } from "vitest";
import { NotAPreviewError, parsePreview } from "../../../review/index.ts";
import { recordingText } from "../support/recordings.ts";

function refusal(text: string): string {
  try {
    parsePreview(text);
  } catch (error) {
    expect(error).toBeInstanceOf(NotAPreviewError);
    return (error as Error).message;
  }
  throw new Error("it was taken for a preview");
}

describe("refused", () => {
  test.each([
    ["nothing", "  \n", /the input is empty; give it what `pulumi preview --json` writes/],
    ["another text", "Previewing update (dev)\n + create", /is not JSON \(it begins: "Previewing update/],
    ["a list", "[1]", /is not JSON/],
    [
      "a stack's state",
      '{"version":3,"deployment":{}}',
      /is a stack's exported state \(members: version, deployment\)/,
    ],
    ["another document", '{"name":"x"}', /is another JSON document \(members: name\)/],
    ["steps that are no list", '{"steps":3}', /not a preview/],
    [
      "a stream of events",
      '{"sequence":1,"timestamp":2}\n{"sequence":2}',
      /unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW/,
    ],
  ])("%s", (_what, text, message) => {
    expect(refusal(text)).toMatch(message);
  });

  test("a preview cut off anywhere, without repeating it", () => {
    const text = recordingText("instance-resized");
    for (let length = 1; length < text.trimEnd().length; length += 97) {
      expect(refusal(text.slice(0, length))).not.toMatch(/CU_|urn:/);
    }
  });
});

describe("taken", () => {
  test("lines of a wrapper before the JSON", () => {
    const text = recordingText("instance-resized");
    expect(parsePreview(`> npm run pulumi\nusing the stand-in {1.110}\n\n${text}`)).toEqual(
      parsePreview(text),
    );
  });

  test("a preview without resources, and members of another type than expected", () => {
    expect(parsePreview('{"changeSummary":{}}')).toEqual({ steps: [], diagnostics: [], maybeCorrupt: false });
    const { steps } = parsePreview('{"steps":[null,{"op":3,"urn":null,"newState":{"inputs":[1]}}]}');
    expect(steps).toHaveLength(1);
    expect(steps[0]?.newState?.inputs).toEqual({});
  });
});
