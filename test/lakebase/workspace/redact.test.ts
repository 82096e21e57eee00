// Texts from elsewhere lose what looks like a secret, and keep the rest.
import fc from "fast-check";
import { expect, test } from "vitest";
import { redact, WorkspaceError } from "../../../lakebase/workspace/index.ts";

const jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl-_x";

test.each([
  [`password ${jwt} refused`, "password [secret] refused"],
  ["Authorization: Bearer abcdefgh12345", "Authorization: Bearer [secret]"],
  ["token dapi0123456789abcdef-2 used", "token [secret] used"],
  ['{"access_token": "short", "expires_in": 5}', '{"access_token": "[secret]", "expires_in": 5}'],
  ["role ann@example.com does not exist", "role ann@example.com does not exist"],
])("%s", (text, expected) => {
  expect(redact(text)).toBe(expected);
});

test("a known secret goes wherever it stands; a very short one is left, it would blot out words", () => {
  expect(redact("a hunter2b hunter2", ["hunter2", undefined])).toBe("a [secret]b [secret]");
  expect(redact("a cat", ["a"])).toBe("a cat");
});

test("a workspace error redacts its reason, whoever wrote it", () => {
  const error = new WorkspaceError({ errorCode: "X", reason: `said ${jwt}`, fix: "try again" });
  expect(error.message).toBe("said [secret]; try again");
});

test("no signed token survives in any surroundings", () => {
  const part = fc.stringMatching(/^[A-Za-z0-9_-]{8,40}$/);
  fc.assert(
    fc.property(fc.string(), part, part, part, fc.string(), (before, header, payload, signature, after) => {
      const token = `eyJ${header}.${payload}.${signature}`;
      expect(redact(`${before} ${token} ${after}`)).not.toContain(`${payload}.${signature}`);
    }),
  );
});
