// The text that a program prints on a terminal as a page: its colours, and nothing else of it.

/** What the codes of Node's `styleText` mean on the page. */
const classes: Readonly<Record<string, string>> = {
  1: "bold",
  2: "dim",
  31: "red",
  32: "green",
  33: "yellow",
  36: "cyan",
};

/** A page that looks like a terminal with the command and its output. */
export function terminalPage(command: string, output: string): string {
  return `<!doctype html><meta charset="utf-8"><style>
body { margin: 0; background: #ffffff; width: fit-content; }
pre { margin: 0; padding: 20px 24px; background: #16191f; color: #dfe4ec; font: 14px/1.45 "DejaVu Sans Mono", monospace; border-radius: 8px; width: fit-content; }
.bold { font-weight: 700; } .dim { color: #93a0b3; } .red { color: #ff8f87; } .green { color: #6fd89f; } .yellow { color: #f2c06b; } .cyan { color: #7fd4e4; }
</style><pre><span class="dim">$</span> ${escapeHtml(command)}\n${colours(output.trimEnd())}</pre>`;
}

function colours(text: string): string {
  let open: string[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes begin with one
  return text.split(/\x1b\[(\d+)m/).reduce((page, piece, index) => {
    if (index % 2 === 0) {
      return piece === "" ? page : `${page}<span class="${open.join(" ")}">${escapeHtml(piece)}</span>`;
    }
    const style = classes[piece];
    if (style !== undefined) open = [...open, style];
    else if (piece === "22") open = open.filter((name) => name !== "bold" && name !== "dim");
    else open = open.filter((name) => name === "bold" || name === "dim");
    return page;
  }, "");
}

/** For HTML. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
