// Environment variables as text: whatever the value, a reader of the form gets it back, or it is refused.
import { execFileSync } from "node:child_process";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { formatEnvironment } from "../../bin/environment-format.ts";

const awkward = ["it's", 'a"b', "a b", "$HOME", "`id`", "$(id)", "a\\nb", "#c", "", "!x", "é", "a=b", "*"];
const texts = fc.oneof(fc.constantFrom(...awkward), fc.string({ unit: "grapheme" }), fc.string());

describe("shell", () => {
  it("is taken literally by sh, however hostile the values are", () => {
    const values = fc.sample(
      texts.filter((text) => !text.includes("\0") && text.isWellFormed()),
      { numRuns: 300, seed: 1 },
    );
    const variables = Object.fromEntries([...awkward, ...values].map((value, index) => [`V${index}`, value]));
    const script = `${formatEnvironment(variables, "shell")}exec "$0" -e 'process.stdout.write(JSON.stringify(process.env))'`;
    const seen = JSON.parse(execFileSync("sh", ["-c", script, process.execPath], { encoding: "utf8" }));
    expect(seen).toMatchObject(variables);
  });

  it("refuses what no shell can hold", () => {
    expect(() => formatEnvironment({ A: "a\0b" }, "shell")).toThrow(/value of A .* no shell file can hold/);
  });
});

describe("dotenv", () => {
  it("is read back by Node, or refused", () => {
    let refused = 0;
    fc.assert(
      fc.property(texts, (value) => {
        let text: string;
        try {
          text = formatEnvironment({ A: value, B: "b" }, "dotenv");
        } catch (error) {
          refused += 1;
          expect((error as Error).message).toMatch(
            /value of A .* no dotenv file can hold; fix: use --format json/,
          );
          return;
        }
        expect(parseEnv(text)).toEqual({ A: value, B: "b" });
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeLessThan(400);
  });

  it("keeps plain values plain, so that readers without quotes get them too", () => {
    expect(formatEnvironment({ DATABRICKS_HOST: "https://dbc-1.example.com:443/a" }, "dotenv")).toBe(
      "DATABRICKS_HOST=https://dbc-1.example.com:443/a\n",
    );
  });

  it.each(["a\nb", "a\rb", "'\"`", "'$x"])("refuses %j", (value) => {
    expect(() => formatEnvironment({ A: value }, "dotenv")).toThrow(/value of A/);
  });
});

describe("app.yaml and json", () => {
  it("has the two variables that the platform does not inject, as texts", () => {
    const variables = { PGHOST: "h", LAKEBASE_INSTANCE_NAME: "no", LAKEBASE_DATABASE_NAME: "1" };
    const text = formatEnvironment(variables, "app.yaml");
    expect(text).toContain('value: "no"');
    expect(parse(text)).toEqual({
      env: [
        { name: "LAKEBASE_INSTANCE_NAME", value: "no" },
        { name: "LAKEBASE_DATABASE_NAME", value: "1" },
      ],
    });
    expect(JSON.parse(formatEnvironment(variables, "json"))).toEqual(variables);
  });
});
