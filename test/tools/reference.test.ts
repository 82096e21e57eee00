// The reference: written from the doc comments as they are, and nothing that it should tell is missing in them.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { readComment } from "../../tools/reference/comments.ts";
import { type EntryPoint, gapsOf, type Item, type Member } from "../../tools/reference/index.ts";
import { reference } from "../../tools/reference.ts";

const root = join(import.meta.dirname, "../..");
const { files, gaps } = await reference();

describe("docs/reference", () => {
  it.each(Object.keys(files))("%s is what is generated", async (file) => {
    const text = await readFile(join(root, file), "utf8").catch(() => "");
    expect(text, "run: node tools/reference.ts").toBe(files[file]);
  });

  it("leaves nothing open", () => {
    expect(gaps).toEqual([]);
  });

  it("has a page for everything that the package exports, and says why provider has none", async () => {
    const { exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      exports: Record<string, string | { default: string }>;
    };
    const modules = Object.keys(exports).filter((name) => !/\.json$/.test(name));
    const overview = files["docs/reference/README.md"] ?? "";
    const missing = modules.filter((name) => !overview.includes(`\`pulumi-lakebase${name.slice(1)}\``));
    expect(missing).toEqual([]);
  });

  it("tells type, default, unit and what a change does", () => {
    const page = files["docs/reference/components.md"] ?? "";
    const capacity = page
      .split("\n")
      .find((line) => line.startsWith("| `capacity` | `Input<string>` | `CU_1`"));
    expect(capacity).toContain("A change keeps the data and restarts the compute");
    expect(page).toMatch(/\| `deadlineSeconds` \| `Input<number>`, in seconds \| 1200 \|/);
    expect(page).toMatch(
      /\| `name` \| `Input<string>` \| \*\*required\*\* \|.*A change replaces the instance, and so its data\./,
    );
  });
});

describe("docs/reference/errors.md", () => {
  const page = files["docs/reference/errors.md"] ?? "";

  it.each([
    ["| is not a capacity tier |", "rules"],
    ["| no DNS server knows the name: … | check this machine's DNS and VPN;", "connection, a template"],
    ["| the server's certificate is for another name than …: … |", "connection, by a helper"],
    ['| grants nothing | add preset: "reader" |', "one side of a condition"],
    ["| has both a preset and privileges | remove one of them |", "the other side, with its own fix"],
    ['| this change replaces instance "…" by …: a new, empty database is created', "a provider's mistake"],
    ["| grants name what does not exist: … | create it first", "access"],
    ["| would weaken TLS, which Lakebase requires |", "the client"],
  ])("has %s (%s)", (row) => {
    expect(page).toContain(row);
  });

  it("has at least one error of each room, and none twice in it", () => {
    const sections = page.split("\n## ").slice(1);
    for (const section of sections) {
      const messages = section.split("\n").filter((line) => / \[[\w-]+\.ts\]/.test(line));
      expect(messages.length, section.split("\n")[0]).toBeGreaterThan(0);
      expect(new Set(messages.map((line) => line.split(" | ")[0])).size).toBe(messages.length);
    }
  });
});

describe("a doc comment", () => {
  const commentOf = (text: string) => {
    const source = ts.createSourceFile(
      "a.ts",
      `interface A {\n/** ${text} */\na: string }`,
      ts.ScriptTarget.ES2024,
      true,
    );
    return readComment((source.statements[0] as ts.InterfaceDeclaration).members[0]!);
  };

  it("is sorted by sentences, and code is no end of one", () => {
    expect(commentOf("Name, such as `a. B`. Default `x.y`. A change replaces it. Not in `~/.z`.")).toEqual({
      text: "Name, such as `a. B`. Not in `~/.z`.",
      fallback: "`x.y`",
      change: "A change replaces it.",
      errors: [],
    });
  });

  it("names the default in brackets, and the errors", () => {
    expect(
      commentOf("`purge` (default) or `keep`. Changed in place.\n *\n * @throws Error when full"),
    ).toEqual({
      text: "`purge` (default) or `keep`.",
      fallback: "`purge`",
      change: "Changed in place.",
      errors: ["Error when full"],
    });
  });
});

describe("what is left open", () => {
  const comment = (text: string, more: object = {}) => ({
    text,
    fallback: "",
    change: "",
    errors: [],
    ...more,
  });
  const member = (more: Partial<Member>): Member => ({
    name: "size",
    type: "Input<number>",
    optional: true,
    unit: "",
    comment: comment("Size."),
    ...more,
  });
  const entry = (more: Partial<Item>): EntryPoint => ({
    specifier: "p",
    purpose: "",
    items: [
      {
        name: "XArgs",
        kind: "interface",
        signature: "",
        comment: comment("Arguments."),
        members: [],
        inherits: [],
        source: "x.ts",
        throws: false,
        ...more,
      },
    ],
  });

  it("is told of an item", () => {
    expect(gapsOf(entry({ name: "f", comment: comment(""), throws: true }), true)).toEqual([
      "p f: has no doc comment",
      "p f: throws, and its comment does not say what",
    ]);
  });

  it("is told of an argument", () => {
    expect(gapsOf(entry({ members: [member({})] }), true)).toEqual([
      "p XArgs.size: the comment does not say what the number counts",
      "p XArgs.size: the comment does not say its default",
      "p XArgs.size: the comment does not say what a change does",
    ]);
    const complete = comment("Rows.", { fallback: "1", change: "Replaces." });
    expect(gapsOf(entry({ members: [member({ comment: complete })] }), true)).toEqual([]);
  });

  it("may be said of all members at once", () => {
    const ofAll = comment("A member that is left out is left as it is. A change of any is made in place.");
    expect(gapsOf(entry({ comment: ofAll, members: [member({ comment: comment("Rows.") })] }), true)).toEqual(
      [],
    );
  });
});
