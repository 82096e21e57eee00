// `pulumi-lakebase review`: where the preview comes from, the forms, the exit code.
import { execFileSync } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { recordingText } from "../../review/support/recordings.ts";
import { command } from "../support/command.ts";

const recording = (name: string) => path.join(import.meta.dirname, "../../review/recordings", `${name}.json`);
const golden = (file: string) => path.join(import.meta.dirname, "../../review/goldens", file);
const prices = path.join(import.meta.dirname, "../../review/prices.json");

let folder: string;
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "pulumi-lakebase-review-"));
});
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

describe("input and output", () => {
  test.each([
    ["markdown", "md"],
    ["json", "json"],
    ["text", "txt"],
  ])("%s from a file", async (format, extension) => {
    const { code, out, err } = await command([
      "review",
      recording("instance-resized"),
      "-f",
      format,
      "--prices",
      prices,
    ]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toBe(await fs.readFile(golden(`instance-resized.${extension}`), "utf8"));
  });

  test.each([[[]], [["-"]]])("from standard input with %j", async (args) => {
    const { code, out } = await command(["review", ...args], { stdin: recordingText("instance-resized") });
    expect([code, out]).toEqual([0, expect.stringContaining("Needs attention")]);
  });

  test("into a file", async () => {
    const args = ["review", recording("instance-renamed"), "--prices", prices, "--output", "comment.md"];
    expect(await command(args, { cwd: folder })).toEqual({ code: 0, out: "", err: "" });
    expect(await fs.readFile(path.join(folder, "comment.md"), "utf8")).toBe(
      await fs.readFile(golden("instance-renamed.md"), "utf8"),
    );
  });

  test("as a process, through a pipe", () => {
    const entry = path.join(import.meta.dirname, "../../../bin/pulumi-lakebase.ts");
    const out = execFileSync(process.execPath, [entry, "review", "--format=text"], {
      input: recordingText("instance-deleted"),
      encoding: "utf8",
    });
    expect(out).toMatch(/^DESTROYS DATA \(orders, stack production\)/);
  });
});

describe("exit code", () => {
  test.each([
    ["nothing-changed", "needs-attention", 0],
    ["instance-resized", "needs-attention", 2],
    ["instance-resized", "destroys-data", 0],
    ["instance-renamed", "needs-attention", 2],
    ["instance-renamed", "destroys-data", 2],
    ["program-fails", "destroys-data", 1],
    ["program-fails", "needs-attention", 2],
  ])("%s with --fail-on %s: %i", async (name, verdict, code) => {
    const outcome = await command(["review", recording(name), "--fail-on", verdict]);
    expect(outcome.code).toBe(code);
    expect(outcome.out).not.toBe("");
  });

  test("1 for a preview that failed, with its review", async () => {
    const outcome = await command(["review", recording("program-fails")]);
    expect(outcome).toMatchObject({ code: 1, err: "" });
    expect(outcome.out).toContain("the preview failed");
  });
});

describe("mistakes", () => {
  test.each([
    ["a missing file", ["review", "nope.json"], 'cannot read the preview "nope.json": there is no such file'],
    ["a folder", ["review", "."], 'cannot read the preview ".": it is a folder'],
    ["no preview", ["review", "other.json"], "is a stack's exported state"],
    ["a missing price table", ["review", "p.json", "--prices", "nope"], 'cannot read the price table "nope"'],
    [
      "a broken price table",
      ["review", "p.json", "--prices", "other.json"],
      "price table: currency: is not a currency",
    ],
    [
      "an output that cannot be",
      ["review", "p.json", "-o", "no/such/folder"],
      'cannot write "no/such/folder": ENOENT',
    ],
  ])("%s", async (_what, args, message) => {
    await fs.writeFile(path.join(folder, "other.json"), '{"version":3,"deployment":{}}');
    await fs.writeFile(path.join(folder, "p.json"), recordingText("nothing-changed"));
    const { code, out, err } = await command(args, { cwd: folder });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(message);
  });

  test("a terminal instead of a preview", async () => {
    const { code, err } = await command(["review"], { stdin: "terminal" });
    expect(code).toBe(1);
    expect(err).toContain("pulumi preview --json --show-sames | pulumi-lakebase review");
  });
});

describe("--run", () => {
  async function fakePulumi(name: string, code = 0): Promise<string> {
    const file = path.join(folder, "pulumi");
    const script = `#!/bin/sh\necho "$@ streaming=$PULUMI_ENABLE_STREAMING_JSON_PREVIEW" >> called\necho working >&2\ncat "${recording(name)}"\nexit ${code}\n`;
    await fs.writeFile(file, script, { mode: 0o755 });
    return file;
  }

  test("runs the preview with what a review needs, and the given options", async () => {
    const env = {
      ...process.env,
      PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true",
      PATH: `${folder}:${process.env.PATH}`,
    };
    await fakePulumi("instance-resized");
    const outcome = await command(["review", "--run", "--", "--stack", "production"], { cwd: folder, env });
    expect(outcome).toMatchObject({ code: 0, err: "working\n" });
    expect(outcome.out).toContain("Needs attention");
    expect(await fs.readFile(path.join(folder, "called"), "utf8")).toBe(
      "preview --json --show-sames --show-replacement-steps --non-interactive --stack production streaming=\n",
    );
  });

  test("a preview that failed is reviewed, and the exit code is 1", async () => {
    const pulumi = await fakePulumi("program-fails", 255);
    const outcome = await command(["review", "--run", "--pulumi", pulumi], { cwd: folder });
    expect([outcome.code, outcome.out]).toEqual([1, expect.stringContaining("the preview failed")]);
  });

  test("a preview that wrote nothing", async () => {
    const pulumi = path.join(folder, "pulumi");
    await fs.writeFile(pulumi, "#!/bin/sh\nexit 7\n", { mode: 0o755 });
    const { code, err } = await command(["review", "--run", "--pulumi", pulumi], { cwd: folder });
    expect([code, err]).toEqual([1, expect.stringMatching(/the input is empty[\s\S]*ended with code 7/)]);
  });

  test("no CLI", async () => {
    const { code, err } = await command(["review", "--run", "--pulumi", path.join(folder, "nothing")]);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/cannot run ".*nothing": it is not there; fix: install/),
    ]);
  });
});
