// `npm run local`: the local workspace as a process of its own.
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { bannerOf } from "./banner.ts";
import { type CommandLine, parseCommandLine } from "./command-line.ts";
import { type LocalWorkspace, LocalWorkspaceError, startLocalWorkspace } from "./workspace.ts";

/** Exit status of a mistake in the command line. */
const usageStatus = 2;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const parsed = parseCommandLine(args);
  if ("help" in parsed) {
    console.log(parsed.help);
    return 0;
  }
  if ("problems" in parsed) {
    for (const problem of parsed.problems) console.error(`error: ${problem}`);
    console.error("npm run local -- --help shows all options");
    return usageStatus;
  }
  // Whoever reads the output may go away; the workspace stays.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  try {
    await serve(parsed.options);
    return 0;
  } catch (error) {
    if (!(error instanceof LocalWorkspaceError)) throw error;
    console.error(`error: ${error.message}`);
    return 1;
  }
}

async function serve(options: CommandLine): Promise<void> {
  const readyFile = resolve(options.readyFile);
  // Listened for from the start: a signal during the start ends it as soon as it can be ended cleanly.
  const ended = endSignal(options.parent);
  const workspace = await startLocalWorkspace({
    dataDir: options.data,
    port: options.port,
    postgresPort: options.postgresPort,
    tokenSeconds: options.tokenSeconds,
    delays: options.delays,
    log: (line) => console.error(`${new Date().toISOString()} ${line}`),
    ...(options.mintedTokens === undefined ? {} : { mintedTokensFile: resolve(options.mintedTokens) }),
    ...(options.lakehouse === undefined ? {} : { lakehouseDir: resolve(options.lakehouse) }),
    ...(options.user === undefined ? {} : { user: options.user }),
  });
  const text = readyText(workspace);
  try {
    await writeReadyFile(readyFile, text);
    console.log(bannerOf(workspace));
    const signal = await ended;
    console.log(`${signal}: stopping`);
  } finally {
    // Whatever has become of the ready file, the servers must end.
    await removeReadyFile(readyFile, text).finally(() => workspace.close());
  }
  console.log("stopped");
}

function endSignal(parent: number | undefined): Promise<string> {
  const { promise, resolve: end } = Promise.withResolvers<string>();
  // Kept after the first signal: npm and the terminal both send one, and the second must not cut the clean-up.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => end(signal));
  if (parent !== undefined) {
    // A killed parent tells nobody; its orphan is given to another process.
    setInterval(() => process.ppid !== parent && end("the parent has ended"), 500).unref();
  }
  return promise;
}

/** What the ready file holds: where everything is, and whose it is. */
function readyText(workspace: LocalWorkspace): string {
  const { apiUrl, token, userName, postgresHost, postgresPort, caFile } = workspace;
  const content = { apiUrl, token, userName, postgresHost, postgresPort, caFile, pid: process.pid };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

async function writeReadyFile(file: string, text: string): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    // Readable by its owner only: it holds the token.
    await writeFile(unfinished, text, { mode: 0o600 });
    await rename(unfinished, file);
  } catch (error) {
    throw new LocalWorkspaceError(
      `the ready file ${file} cannot be written (${(error as Error).message}); give another with --ready-file`,
    );
  }
}

/** Another workspace may have written its own there meanwhile; that one stays. */
async function removeReadyFile(file: string, text: string): Promise<void> {
  const content = await readFile(file, "utf8").catch(() => undefined);
  if (content === text) await rm(file, { force: true });
}
