// The command line of the local workspace: defaults, values, and every mistake at once.
import { describe, expect, test } from "vitest";
import { parseCommandLine } from "../../local/command-line.ts";

const problemsOf = (...args: string[]): string[] => {
  const parsed = parseCommandLine(args);
  return "problems" in parsed ? parsed.problems : [];
};

describe("command line", () => {
  test("has the documented defaults", () => {
    expect(parseCommandLine([])).toEqual({
      options: {
        data: ".cache/local/data",
        port: 8420,
        postgresPort: 54320,
        readyFile: ".cache/local/ready.json",
        tokenSeconds: 3600,
        delays: "default",
      },
    });
  });

  test("takes every option", () => {
    const args = "--data d --port 0 --postgres-port=0 --ready-file r --token-seconds 5 --delays 20".split(
      " ",
    );
    expect(
      parseCommandLine([
        ...[...args, "--minted-tokens", "m", "--user", "a@b.c", "--lakehouse", "."],
        ...["--parent", "77"],
      ]),
    ).toEqual({
      options: {
        data: "d",
        port: 0,
        postgresPort: 0,
        readyFile: "r",
        tokenSeconds: 5,
        delays: 20,
        mintedTokens: "m",
        lakehouse: ".",
        user: "a@b.c",
        parent: 77,
      },
    });
  });

  test("refuses a lakehouse folder that is not there", () => {
    expect(problemsOf("--lakehouse", "/nonexistent/lakehouse")).toEqual([
      '--lakehouse must be a folder that exists, not "/nonexistent/lakehouse"',
    ]);
  });

  test("shows help that names every option", () => {
    const parsed = parseCommandLine(["--port", "x", "-h"]);
    const help = "help" in parsed ? parsed.help : "";
    for (const name of [
      "data",
      "port",
      "postgres-port",
      "ready-file",
      "token-seconds",
      "delays",
      "minted-tokens",
    ]) {
      expect(help).toContain(`--${name} `);
    }
  });

  test.each([
    [["--port", "99999"], /--port must be a whole number from 0 to 65535, not "99999"/],
    [["--port", "-1"], /--port/],
    [["--port", "1.5"], /--port must be a whole number/],
    [["--postgres-port", "abc"], /--postgres-port must be a whole number/],
    [["--port"], /--port needs a value: --port N/],
    [["--data="], /--data needs a value: --data DIR/],
    [["--port", "5000", "--postgres-port", "5000"], /both 5000; give two different ports/],
    [["--token-seconds", "0"], /--token-seconds must be a whole number from 1/],
    [["--delays", "slow"], /--delays must be default, fast, real or a number of milliseconds, not "slow"/],
    [["--parent", "self"], /--parent must be a whole number from 1/],
    [["--user", "two words"], /--user must be 1 to 63 bytes without spaces/],
    [["--user", "x".repeat(64)], /--user must be 1 to 63 bytes/],
    [["--prot", "1"], /unknown option --prot; known are --data, --port/],
    [["8420"], /unexpected argument "8420": every option is written as --name value/],
  ])("refuses %j", (args, message) => {
    expect(problemsOf(...args).join("\n")).toMatch(message);
  });

  test("reports all mistakes together", () => {
    expect(problemsOf("--port", "x", "--delays", "y", "--nope", "extra")).toHaveLength(4);
  });
});
