// Comments have a limit: reviews of any size keep to it, keep the answers, and change only where the preview does.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parsePreview, renderMarkdown, review, smallestLimit } from "../../../review/index.ts";
import { pictureOf } from "../../../review/render/mermaid.ts";
import { prices, recordingNames, recordingText } from "../support/recordings.ts";

interface Table {
  name: string;
  source: string;
  op: "create" | "delete" | "update" | "same";
}

const urn = (type: string, name: string) => `urn:pulumi:production::orders::${type}::${name}`;

/** A preview of many synced tables and as many instances. */
function digestOf(tables: readonly Table[]): string {
  const steps = tables.flatMap(({ name, source, op }, index) => {
    const state = (type: string, inputs: object) => ({
      urn: urn(type, `${name}${index}`),
      type,
      custom: true,
      inputs,
    });
    const table = state("databricks:index/databaseSyncedDatabaseTable:DatabaseSyncedDatabaseTable", {
      name: `orders.public.${name}${index}`,
      databaseInstanceName: name,
      spec: { sourceTableFullName: source, schedulingPolicy: "SNAPSHOT" },
    });
    const instance = state("databricks:index/databaseInstance:DatabaseInstance", {
      name: `${name}-${index}`,
      capacity: "CU_1",
    });
    return [table, instance].map((one) => ({
      op,
      urn: one.urn,
      ...(op === "create" ? {} : { oldState: one }),
      ...(op === "delete" ? {} : { newState: { ...one, inputs: { ...one.inputs, capacity: "CU_2" } } }),
    }));
  });
  return JSON.stringify({ steps });
}

const tables = fc.array(
  fc.record({
    name: fc.string({ maxLength: 80, unit: "grapheme" }),
    source: fc.string({ maxLength: 400, unit: "binary" }),
    op: fc.constantFrom("create", "delete", "update", "same"),
  }),
  { maxLength: 400 },
);

test("no review is longer than its limit, and all have title and answers", () => {
  fc.assert(
    fc.property(tables, fc.integer({ min: smallestLimit, max: 70_000 }), (given, limit) => {
      const markdown = renderMarkdown(review(parsePreview(digestOf(given)), { prices }), limit);
      expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(limit);
      for (const question of ["**Data**", "**Downtime**", "**Cost**"]) expect(markdown).toContain(question);
      expect(markdown.match(/<details>/g)?.length).toBe(markdown.match(/<\/details>/g)?.length);
    }),
    { numRuns: 60 },
  );
});

test("the picture is small enough for GitLab to draw at once", () => {
  fc.assert(
    fc.property(tables, (given) => {
      expect(pictureOf(review(parsePreview(digestOf(given))).graph).source.length).toBeLessThanOrEqual(1_900);
    }),
    { numRuns: 60 },
  );
});

test("a long review says what it leaves out, keeps the gravest, and grows only at its end", () => {
  const given = Array.from(
    { length: 400 },
    (_, index): Table => ({
      name: `t${String(index).padStart(3, "0")}`,
      source: "main.shop.t",
      op: index === 399 ? "delete" : "create",
    }),
  );
  const markdown = renderMarkdown(review(parsePreview(digestOf(given))), 20_000);
  expect(markdown).toContain("more left out");
  expect(markdown).toContain("instance `t399-399` deleted");
  expect(markdown).toMatch(/Not drawn for its size: \d+ more/);
  const rows = (text: string) => text.split("\n").filter((line) => line.startsWith("| 🟢"));
  const more = renderMarkdown(review(parsePreview(digestOf(given))), 30_000);
  expect(rows(more).slice(0, rows(markdown).length)).toEqual(rows(markdown));
  expect(rows(more).length).toBeGreaterThan(rows(markdown).length);
});

test("the order of the engine's steps does not matter", () => {
  for (const name of recordingNames) {
    const digest = JSON.parse(recordingText(name));
    const groups = [...Map.groupBy(digest.steps ?? [], (step: { urn: string }) => step.urn).values()];
    const turned = JSON.stringify({ ...digest, steps: groups.reverse().flat() });
    expect(renderMarkdown(review(parsePreview(turned)))).toBe(
      renderMarkdown(review(parsePreview(recordingText(name)))),
    );
  }
});
