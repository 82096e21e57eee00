// What a reviewer sees first: every comment answers the three questions at its top, and ten were read by that alone.
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { recordingNames } from "./support/recordings.ts";

const read = (file: string) => readFileSync(path.join(import.meta.dirname, file), "utf8");
const cells = (row: string) =>
  row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
const bold = (cell: string) => /^\*\*(.*?)\*\*/.exec(cell)?.[1];

/** The first rows of a comment's first table, as question and answer in bold. */
function topOf(name: string): [string | undefined, string | undefined][] {
  const lines = read(`goldens/${name}.md`).split("\n");
  expect(lines.slice(3, 5), "the table comes right after the title").toEqual([
    "| Question | Answer |",
    "|---|---|",
  ]);
  return lines.slice(5, 8).map((line) => {
    const [question = "", answer = ""] = cells(line);
    return [bold(question), bold(answer)];
  });
}

const forms = {
  Data: /^(LOST|kept|kept, but read this|not known, the preview failed)$/,
  Downtime: /^(yes|none expected|only for who loses access|not known, the preview failed)$/,
  Cost: /^(instance compute unchanged(, but read this)?|[+−]\d.* an hour, .*|\d+ → .* an hour .*|not known .*|not known, the preview failed)$/,
};

describe("every comment answers at its top: data, downtime, cost", () => {
  test.each(recordingNames)("%s", (name) => {
    const top = topOf(name);
    expect(top.map(([question]) => question)).toEqual(Object.keys(forms));
    for (const [question, answer] of top) expect(answer).toMatch(forms[question as keyof typeof forms]);
  });

  test("an answer that is not plain gives its reason in the same cell", () => {
    const plain = /^(kept|none expected|instance compute unchanged|not known.*|[+−]\d.*|\d+ → .*)$/;
    const bare = recordingNames.flatMap((name) =>
      read(`goldens/${name}.md`)
        .split("\n")
        .slice(5, 8)
        .filter((row) => !plain.test(bold(cells(row)[1] ?? "") ?? "") && !row.includes("<br>"))
        .map((row) => `${name}: ${row}`),
    );
    expect(bare).toEqual([]);
  });
});

describe("the ten comments that were read", () => {
  const rows = read("reader-check.md")
    .split("\n")
    .filter((line) => line.startsWith("| ["));

  test("are ten, of every verdict", () => {
    expect(rows).toHaveLength(10);
    const verdicts = rows.map((row) => {
      const name = /\[(.*?)\]/.exec(row)?.[1];
      return read(`goldens/${name}.md`).split("\n")[1]?.slice(0, 5);
    });
    expect(new Set(verdicts).size).toBe(3);
  });

  test.each(rows)("%s", (row) => {
    const [link = "", ...answers] = cells(row);
    const name = /\[(.*?)\]/.exec(link)?.[1] ?? "";
    expect(answers.map(bold)).toEqual(topOf(name).map(([, answer]) => answer));
  });
});
