// `npm run screenshots`: makes the pictures of the console, status and a review that the guides show, in docs/images.
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

process.exitCode = await main();

async function main(): Promise<number> {
  await mkdir(folder, { recursive: true });
  await using browser = await startBrowser();
  const { context } = browser;
  const written = [await screenReview(context, folder)];
  await withSample(async (sample) => {
    written.push(...(await screenConsole(context, folder, sample)));
    written.push(await screenStatus(context, folder, sample));
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
