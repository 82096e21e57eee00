// `npm run demo`: reads the command line, runs the demo, cleans up on Ctrl-C.
import { parseDemoArguments, runDemo, stopKept, USAGE } from "./demo/index.ts";
import { explanationOf } from "./explained.ts";

const INTERRUPTED = 130;
const REFUSED = 2;

process.exitCode = await main();

async function main(): Promise<number> {
  const given = parseDemoArguments(process.argv.slice(2));
  if (given.action === "help") return say(USAGE, 0);
  if (given.action === "refuse") return say(`${given.problem}\n\n${USAGE}`, REFUSED);

  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, interrupt);
  try {
    if (given.action === "stop") {
      const folder = await stopKept();
      return say(folder === undefined ? "nothing was kept" : `ended, and removed ${folder}`, 0);
    }
    await runDemo(given, interruption.signal);
    return 0;
  } catch (error) {
    if (interruption.signal.aborted)
      return say("\ninterrupted: everything has been ended and removed", INTERRUPTED);
    return say(`\ndemo failed: ${explanationOf(error)}`, 1);
  }
}

function say(text: string, code: number): number {
  (code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  return code;
}
