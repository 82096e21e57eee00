// What the tools' users are told without a stack trace, and what not.
import fs from "node:fs/promises";
import { expect, test } from "vitest";
import { DemoError } from "../../tools/demo/index.ts";
import { explanationOf } from "../../tools/explained.ts";

test("an error of the tools is its message", () => {
  expect(explanationOf(new DemoError("the application failed"))).toBe("the application failed");
});

test.each([
  ["EACCES", "/srv/checkout/.cache", /^EACCES: .* '\/srv\/checkout\/.cache'; fix: run this as the owner/],
  ["ENOSPC", "/tmp/x", /^ENOSPC: .* '\/tmp\/x'; fix: make room there$/],
])("%s is told with its path and a fix", (code, path, message) => {
  const error = Object.assign(new Error(`${code}: refused, mkdir '${path}'`), { code, path });
  expect(explanationOf(error)).toMatch(message);
});

test("anything else keeps its stack", async () => {
  const missing: unknown = await fs.readFile("/no/such/file").catch((error: unknown) => error);
  for (const error of [missing, new TypeError("a bug"), "a text"])
    expect(() => explanationOf(error)).toThrow(error as Error);
});
