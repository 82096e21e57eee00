// `npm run screenshots [-- review console status]`: makes the pictures that the guides show, in docs/images; all, or
// those that are named.
import { mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { PROJECT_DIR } from "./project.ts";
import { screenConsole } from "./screenshots/console.ts";
import { screenReview } from "./screenshots/review.ts";
import { withSample } from "./screenshots/sample.ts";
import { screenStatus } from "./screenshots/status.ts";
import { startBrowser } from "./support/chromium.ts";

const folder = path.join(PROJECT_DIR, "docs/images");
const largestBytes = 200_000;

const kinds = ["review", "console", "status"] as const;

process.exitCode = await main(process.argv.slice(2));

async function main(named: readonly string[]): Promise<number> {
  const unknown = named.filter((name) => !kinds.some((kind) => kind === name));
  if (unknown.length > 0) {
    process.stderr.write(`screenshots: unknown: ${unknown.join(", ")}; allowed: ${kinds.join(", ")}\n`);
    return 1;
  }
  const wanted = (kind: (typeof kinds)[number]) => named.length === 0 || named.includes(kind);
  await mkdir(folder, { recursive: true });
  await using browser = await startBrowser();
  const { context } = browser;
  const written = wanted("review") ? [await screenReview(context, folder)] : [];
  if (wanted("console") || wanted("status"))
    await withSample(async (sample) => {
      if (wanted("console")) written.push(...(await screenConsole(context, folder, sample)));
      if (wanted("status")) written.push(await screenStatus(context, folder, sample));
    });
  let code = 0;
  for (const file of written) {
    const { size } = await stat(file);
    const remark = size > largestBytes ? `, more than ${largestBytes}: make it smaller` : "";
    if (remark !== "") code = 1;
    process.stdout.write(`${path.relative(PROJECT_DIR, file)}: ${size} bytes${remark}\n`);
  }
  return code;
}
