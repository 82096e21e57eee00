// The demo's command line.
import { expect, test } from "vitest";
import { parseDemoArguments } from "../../../tools/demo/index.ts";

test.each([
  [[], { action: "run", keep: false }],
  [["--keep"], { action: "run", keep: true }],
  [["--stop"], { action: "stop" }],
  [["-h"], { action: "help" }],
])("%j", (args, expected) => {
  expect(parseDemoArguments(args)).toEqual(expected);
});

test.each([
  [["--keep", "--stop"], /exclude each other/],
  [["--quick"], /--quick/],
  [["now"], /now/],
])("%j is refused with the reason", (args, reason) => {
  const given = parseDemoArguments(args);
  expect(given).toMatchObject({ action: "refuse", problem: expect.stringMatching(reason) });
});
