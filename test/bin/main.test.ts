// The command line: help, and every mistake told at once with its fix.
import { describe, expect, test } from "vitest";
import { commands } from "../../bin/commands/index.ts";
import { command } from "./support/command.ts";

describe("help", () => {
  test.each([[[]], [["--help"]], [["-h"]], [["help"]]])("%j lists every command", async (args) => {
    const { code, out, err } = await command(args);
    expect([code, err]).toEqual([0, ""]);
    for (const name of Object.keys(commands)) expect(out).toMatch(new RegExp(`^ {2}${name} +\\S`, "m"));
  });

  test.each(Object.keys(commands))("%s --help shows usage and each option", async (name) => {
    const { code, out } = await command([name, "--help"]);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: pulumi-lakebase ${name}`);
    for (const option of Object.keys((await commands[name]!()).options)) expect(out).toContain(`--${option}`);
  });

  test("is not taken for the preview's own --help after --", async () => {
    const { code, err } = await command(["review", "--", "--help"]);
    expect([code, err]).toEqual([1, expect.stringContaining("fix: add --run")]);
  });
});

describe("mistakes", () => {
  test.each([
    [["revue"], ["unknown command revue; did you mean review?"]],
    [["frobnicate"], ["unknown command frobnicate; allowed: "]],
    [["--version"], ["unknown option --version; allowed: "]],
    [["toString"], ["unknown command toString"]],
    [["review", "--fromat", "text"], ["unknown option --fromat; did you mean --format?"]],
    [["review", "-x"], ["unknown option -x; allowed: --format"]],
    [["review", "--format"], ["option --format wants a value; fix: write --format=FORMAT"]],
    [["review", "--run=yes"], ['option --run takes no value (given: "yes"); fix: write --run']],
    [
      ["review", "--format=html", "--fail-on=never", "--max-bytes=10", "--nope", "a", "b", "c"],
      [
        'option --format cannot be "html"; allowed: markdown, json, text',
        'option --fail-on cannot be "never"; allowed: needs-attention, destroys-data',
        'option --max-bytes cannot be "10"; allowed: a whole number of at least 8192',
        "unknown option --nope",
        'unexpected argument "c"',
      ],
    ],
    [["review", "x.json", "--run"], ["--run and a FILE exclude each other"]],
    [
      ["review", "--pulumi", "p", "--", "-s", "x"],
      ["options after -- are for the preview; fix: add --run", "--pulumi needs --run"],
    ],
  ])("%j", async (args, parts) => {
    const { code, out, err } = await command(args);
    expect([code, out]).toEqual([1, ""]);
    for (const part of parts) expect(err).toContain(part);
    expect(err).toMatch(/help: pulumi-lakebase.* --help\n$/);
    expect(err).not.toMatch(/\n +at /);
  });
});
