// Running commands: what comes back, the time limit, and that no child stays behind.
import { expect, test } from "vitest";
import { failureOf, run } from "../../../tools/support/index.ts";
import { until } from "./machine.ts";

test("both outputs and the code come back, each line as it is said", async () => {
  const lines: string[] = [];
  const result = await run("sh", ["-c", "echo one; echo two >&2; exit 4"], {
    onLine: (line) => lines.push(line),
  });
  expect(result).toEqual({ code: 4, stdout: "one", stderr: "two", timedOut: false });
  expect(lines.toSorted()).toEqual(["one", "two"]);
  expect(failureOf("sh", result)).toBe("`sh` ended with code 4: two");
});

test("a command that takes too long is ended, and its children with it", async () => {
  let child = 0;
  const result = await run("sh", ["-c", "sleep 600 & echo $!; wait"], {
    timeout: 5_000,
    onLine: (line) => {
      child = Number(line);
    },
  });
  expect(result.timedOut).toBe(true);
  expect(failureOf("sh", result)).toContain("`sh` did not end in time");
  expect(child).toBeGreaterThan(0);
  await until("the child has ended", () => !isRunning(child));
});

test("a command that is not there is told as such", async () => {
  const result = await run("no-such-command-anywhere", []);
  expect(failureOf("no-such-command-anywhere", result)).toBe("`no-such-command-anywhere` is not there");
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
