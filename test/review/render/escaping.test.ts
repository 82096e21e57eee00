// Names and values come from a pull request: they must not break out of the table, the picture or the comment.
import { expect, test } from "vitest";
import { parsePreview, renderMarkdown, renderText, review } from "../../../review/index.ts";

const hostile = 'a"|b`c</details><img src=x onerror=alert(1)> @everyone\n## "Safe"\u001b[31m \\| #1';

function reviewed() {
  const type = "databricks:index/databaseInstance:DatabaseInstance";
  const state = { urn: `urn:pulumi:s::p::${type}::x`, type, custom: true };
  const inputs = { name: hostile, capacity: "CU_1", customTags: [{ key: hostile, value: hostile }] };
  return review(
    parsePreview(
      JSON.stringify({
        steps: [{ op: "create", urn: state.urn, newState: { ...state, inputs } }],
        diagnostics: [{ severity: "error", message: hostile }],
      }),
    ),
  );
}

test("Markdown: one line a row, code stays in its quotes, no tag and no mention outside of them", () => {
  const markdown = renderMarkdown(reviewed());
  const [beforePicture = "", , afterPicture = ""] = markdown.split("```");
  for (const part of [beforePicture, afterPicture]) {
    const outside = part.replace(/`[^`\n]*`/g, "CODE");
    expect(outside).not.toContain("<img");
    expect(outside).not.toContain("@everyone");
    expect(outside).not.toMatch(/^## "Safe"/m);
  }
  for (const line of beforePicture
    .split("\n")
    .filter((text) => text.startsWith("| 🟢") || text.startsWith("| 🟡"))) {
    expect(line.match(/(?<!\\)\|/g)?.length).toBe(5);
  }
});

test("picture: quotes and tags are the chart's own entities", () => {
  const chart = renderMarkdown(reviewed()).split("```mermaid")[1]?.split("```")[0] ?? "";
  expect(chart).toContain("#quot;");
  expect(chart).not.toMatch(/<img|`/);
  const node = chart.split("\n").find((line) => line.startsWith("n0"));
  expect(node?.match(/"/g)?.length).toBe(2);
});

test("terminal: no control character but the line's end", () => {
  expect(renderText(reviewed())).not.toMatch(/[^\P{Cc}\n]/u);
});
