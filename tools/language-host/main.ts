// Entry point of the language host: `node tools/language-host/main.ts <engine address>`; prints its port and serves.
import { startLanguageHost } from "./server.ts";

const address = process.argv.slice(2).findLast((argument) => !argument.startsWith("-")) ?? "";
const host = await startLanguageHost(address);
process.stdout.write(`${host.port}\n`);

// The engine asks its plugins to end with SIGINT; they are no part of the terminal's process group.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));

// An engine that was killed tells nobody: without its parent the host ends too.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(0);
}, 1000).unref();
