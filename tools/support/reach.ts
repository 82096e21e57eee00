// Asks quickly whether a web site answers, before anything waits long for it.
import { run } from "./run.ts";

// In a process of its own, because Node reads the proxy settings of the environment only at its start.
const SCRIPT = `
const [url, limit] = process.argv.slice(1);
fetch(url, { method: "HEAD", signal: AbortSignal.timeout(Number(limit)) }).then(
  () => process.exit(0),
  (error) => { console.error(error.cause?.message || error.cause?.code || error.message); process.exit(1); },
);`;

/** Undefined when the site answers, with whatever status; else the reason why not. */
export async function whyUnreachable(url: string, milliseconds = 10_000): Promise<string | undefined> {
  const result = await run(process.execPath, ["-e", SCRIPT, url, String(milliseconds)], {
    env: { ...process.env, NODE_USE_ENV_PROXY: "1" },
    timeout: milliseconds + 5_000,
  });
  if (result.code === 0) return undefined;
  return `${new URL(url).host} does not answer (${result.timedOut ? "timed out" : result.stderr.trim()})`;
}
