// The code blocks of a document, and what its source says about running them.

/** A fenced block. */
export interface Block {
  /** `sh`, `ts`, …; empty where the fence names none. */
  readonly language: string;
  readonly text: string;
  /** Line of its first fence, from 1. */
  readonly line: number;
  /** Reason of `<!-- not run: … -->` right before it. */
  readonly notRun?: string;
  /** Whether `<!-- keeps running -->` stands right before it. */
  readonly keepsRunning: boolean;
  /** What it prints, where a `text` block follows it directly; `…` stands for anything. */
  readonly prints?: string;
}

/** The blocks in their order, those in lists without their indentation. */
export function blocksOf(document: string): Block[] {
  const lines = document.split("\n");
  const blocks: (Block & { end: number })[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent = "", language = ""] = /^(\s*)```(\w*)\s*$/.exec(lines[at] ?? "") ?? [];
    if (!/^\s*```/.test(lines[at] ?? "")) continue;
    const end = lines.findIndex((line, index) => index > at && line.trim() === "```");
    const text = lines.slice(at + 1, end).map((line) => line.slice(indent.length));
    const before = (lines[at - 1] ?? "").trim();
    const notRun = /^<!-- not run: (.+) -->$/.exec(before)?.[1];
    blocks.push({
      language,
      text: text.join("\n"),
      line: at + 1,
      keepsRunning: before === "<!-- keeps running -->",
      ...(notRun === undefined ? {} : { notRun }),
      end,
    });
    at = end;
  }
  return blocks.map(({ end, ...block }, index) => {
    const next = blocks[index + 1];
    const follows =
      next?.language === "text" && lines.slice(end + 1, next.line - 1).every((line) => line.trim() === "");
    return block.language === "sh" && follows ? { ...block, prints: next.text } : block;
  });
}

/** What a `text` block stands for: `…` is anything, on its own line also several lines. */
export function patternOf(prints: string): RegExp {
  const lines = prints.split("\n").map((line) => {
    if (line.trim() === "…") return "[\\s\\S]*";
    return line
      .split("…")
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*");
  });
  return new RegExp(lines.join("\\n"));
}
