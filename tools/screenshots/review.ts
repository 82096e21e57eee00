// A picture of a review's comment, rendered as the platforms do: GitHub's Markdown and its Mermaid picture.
import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import type { BrowserContext } from "playwright-core";
import { PROJECT_DIR } from "../project.ts";
import { escapeHtml } from "./terminal.ts";

/** Only this picture needs them, and they are large: so they are no dependencies of the project. */
const renderers = ["markdown-it@15.0.3", "mermaid@12.3.0"];
const recording = "test/review/goldens/instance-renamed.md";

interface MarkdownIt {
  renderer: { rules: Record<string, unknown> };
  render(text: string): string;
}

/** Takes it; the file. */
export async function screenReview(context: BrowserContext, folder: string): Promise<string> {
  const modules = await installRenderers();
  const text = await readFile(path.join(PROJECT_DIR, recording), "utf8");
  const page = await context.newPage();
  await page.setViewportSize({ width: 1064, height: 700 });
  await page.setContent(await commentPage(modules, text));
  await page.addScriptTag({ path: path.join(modules, "mermaid/dist/mermaid.min.js") });
  await page.evaluate("mermaid.initialize({ startOnLoad: false }); mermaid.run()");
  const file = path.join(folder, "review.png");
  await page.locator("body").screenshot({ path: file });
  await page.close();
  return file;
}

async function installRenderers(): Promise<string> {
  const prefix = path.join(PROJECT_DIR, ".cache/screenshots");
  await mkdir(prefix, { recursive: true });
  const args = ["install", "--prefix", prefix, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
  await promisify(execFile)("npm", [...args, ...renderers]);
  return path.join(prefix, "node_modules");
}

async function commentPage(modules: string, text: string): Promise<string> {
  const require = createRequire(path.join(modules, "index.js"));
  const { default: markdownIt } = (await import(require.resolve("markdown-it"))) as {
    default: (options: object) => MarkdownIt;
  };
  const markdown = markdownIt({ html: true, linkify: true });
  markdown.renderer.rules.fence = (tokens: { info: string; content: string }[], index: number) => {
    const { info = "", content = "" } = tokens[index] ?? {};
    return `<pre class="${info === "mermaid" ? "mermaid" : "code"}">${escapeHtml(content)}</pre>`;
  };
  return `<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 16px 32px; color: #1f2328; background: #fff; font: 16px/1.5 "DejaVu Sans", sans-serif; font-size: 15px; }
h2 { border-bottom: 1px solid #d1d9e0; padding-bottom: .3em; } h3 { margin: 24px 0 16px; }
table { border-collapse: collapse; width: 100%; margin-bottom: 16px; } th, td { border: 1px solid #d1d9e0; padding: 6px 13px; } tr:nth-child(2n) { background: #f6f8fa; }
code { background: #818b981f; border-radius: 6px; padding: .2em .4em; font: 85% "DejaVu Sans Mono", monospace; }
pre.mermaid { background: none; margin: 0 0 16px; } summary { margin-bottom: 12px; }
</style>${markdown.render(text)}`;
}
