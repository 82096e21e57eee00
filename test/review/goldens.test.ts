// Every recorded preview against its golden review; `npx vitest run test/review -u` writes them anew.
import path from "node:path";
import { describe, expect, test } from "vitest";
import { renderJson, renderMarkdown, renderText } from "../../review/index.ts";
import { scenarios } from "./scenarios/index.ts";
import { recordingNames, reviewOf } from "./support/recordings.ts";

const golden = (file: string) => path.join(import.meta.dirname, "goldens", file);

test("every scenario is recorded, and there are at least 30", () => {
  expect(recordingNames).toEqual(Object.keys(scenarios).sort());
  expect(recordingNames.length).toBeGreaterThanOrEqual(30);
});

describe("Markdown", () => {
  test.each(recordingNames)("%s", async (name) => {
    await expect(renderMarkdown(reviewOf(name))).toMatchFileSnapshot(golden(`${name}.md`));
  });
});

describe("the other forms", () => {
  test.each(["instance-renamed", "instance-resized", "synced-table-rekeyed"])("%s", async (name) => {
    await expect(renderText(reviewOf(name))).toMatchFileSnapshot(golden(`${name}.txt`));
    await expect(renderJson(reviewOf(name))).toMatchFileSnapshot(golden(`${name}.json`));
  });
});
