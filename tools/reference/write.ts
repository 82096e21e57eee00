// Writes the reference of an entry point as Markdown.
import type { EntryPoint, Item, Member } from "./model.ts";

/** One page: every item of an entry point, components with their arguments first. */
export function pageOf({ specifier, purpose, items }: EntryPoint): string {
  const names = new Set(items.map(({ name }) => name));
  const components = items.filter(({ kind }) => kind === "component");
  const functions = items.filter(({ kind }) => kind === "function" || kind === "class");
  const taken = new Set([...components, ...functions].map(({ name }) => name));
  const own = new Set(components.map(({ name }) => `${name}Args`));
  const others = items.filter(({ name }) => !taken.has(name) && !own.has(name));
  const sections = [
    ...components.map((component) => componentSection(component, items, names)),
    ...[...functions, ...others].map((item) => section(item, names)),
  ];
  const list = [...components, ...functions, ...others].map(({ name }) => `[${name}](#${anchor(name)})`);
  return `${[
    `# \`${specifier}\``,
    `<!-- Generated from the doc comments by tools/reference.ts. -->`,
    purpose,
    `${list.join(" · ")}`,
    ...sections,
  ].join("\n\n")}\n`;
}

function componentSection(component: Item, items: readonly Item[], names: ReadonlySet<string>): string {
  const args = items.find(({ name }) => name === `${component.name}Args`);
  const parts = [heading(component), ...bodyOf(component, names)];
  if (args !== undefined) {
    parts.push(`### ${args.name}`, ...bodyOf(args, names), argumentTable(args, names));
  }
  parts.push(`### Outputs of ${component.name}`, outputTable(component, names));
  return parts.join("\n\n");
}

function section(item: Item, names: ReadonlySet<string>): string {
  const isArguments = item.members.some(({ optional, comment }) => optional || comment.change !== "");
  const table = isArguments ? argumentTable(item, names) : outputTable(item, names);
  return [heading(item), ...bodyOf(item, names), ...(item.members.length === 0 ? [] : [table])].join("\n\n");
}

function heading({ name }: Item): string {
  return `## ${name}`;
}

function bodyOf(
  { signature, comment, inherits, source, members }: Item,
  names: ReadonlySet<string>,
): string[] {
  const inherited = inherits.filter((name) => names.has(name)).map((name) => `[${name}](#${anchor(name)})`);
  return [
    ...(signature === "" ? [] : [`\`\`\`ts\n${signature}\n\`\`\``]),
    linked([comment.text, comment.change].filter((text) => text !== "").join(" "), names),
    ...comment.errors.map((error) => `Throws ${linked(error, names)} ([texts](errors.md)).`),
    ...(inherited.length === 0
      ? []
      : [`${members.length === 0 ? "Has" : "Has also"} every member of ${inherited.join(", ")}.`]),
    `Source: [${source}](../../${source})`,
  ].filter((part) => part !== "");
}

function argumentTable({ members }: Item, names: ReadonlySet<string>): string {
  if (members.length === 0) return "";
  const hasChange = members.some(({ comment }) => comment.change !== "");
  const rows = members.map((member) => {
    const { name, optional, comment } = member;
    const fallback = optional
      ? linked(comment.fallback === "" ? "–" : comment.fallback, names)
      : "**required**";
    const cells = [`\`${name}\``, typeCell(member, names), fallback, linked(comment.text, names)];
    return row(hasChange ? [...cells, comment.change] : cells);
  });
  const head = ["Name", "Type", "Default", "Meaning", ...(hasChange ? ["A change"] : [])];
  return [row(head), `|${"---|".repeat(head.length)}`, ...rows].join("\n");
}

function outputTable({ members }: Item, names: ReadonlySet<string>): string {
  if (members.length === 0) return "None.";
  const rows = members.map((member) =>
    row([`\`${member.name}\``, typeCell(member, names), linked(textOf(member), names)]),
  );
  return [row(["Name", "Type", "Meaning"]), "|---|---|---|", ...rows].join("\n");
}

function textOf({ comment }: Member): string {
  return [comment.text, comment.fallback === "" ? "" : `Default: ${comment.fallback}.`, comment.change]
    .filter((text) => text !== "")
    .join(" ");
}

/** The type, with links to the items of this page that it names, and the unit of a number. */
function typeCell({ type, unit }: Member, names: ReadonlySet<string>): string {
  const named = [...new Set(type.match(/\w+/g))].filter((name) => names.has(name));
  const links = named.map((name) => `[${name}](#${anchor(name)})`);
  return [`\`${type}\``, ...(unit === "" ? [] : [`in ${unit}`]), ...links].join(", ");
}

/** Names of the page's items in backquotes lead there. */
function linked(text: string, names: ReadonlySet<string>): string {
  return text.replace(/`(\w+)`/g, (code, name: string) =>
    names.has(name) ? `[${code}](#${anchor(name)})` : code,
  );
}

function anchor(name: string): string {
  return name.toLowerCase();
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replace(/\s*\n\s*/g, " ").replaceAll("|", "\\|")).join(" | ")} |`;
}
