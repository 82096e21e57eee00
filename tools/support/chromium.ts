// A browser for tests and screenshots: the system's Chromium, headless, with a fresh profile.
import { accessSync, constants, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type BrowserContext, type BrowserContextOptions, chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const elsewhere = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Where Chromium is: CHROMIUM, then PATH; undefined where there is none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.CHROMIUM) return existsSync(env.CHROMIUM) ? env.CHROMIUM : undefined;
  const folders = (env.PATH ?? "").split(delimiter);
  const files = [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...elsewhere];
  return files.find(isExecutable);
}

/** What to install, for people. */
export const missingChromium =
  "this needs Chromium, and there is none on PATH; fix: apt-get install chromium (Debian, Ubuntu), " +
  "brew install chromium (macOS), or set CHROMIUM to the program";

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A browser; disposing of it leaves no process and no profile. */
export async function startBrowser(
  options: BrowserContextOptions = {},
): Promise<AsyncDisposable & { context: BrowserContext }> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(missingChromium);
  const profile = await mkdtemp(join(tmpdir(), "lakebase-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    ...options,
    executablePath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
