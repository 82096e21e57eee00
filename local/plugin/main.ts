// Entry point of the plugin process: `node local/plugin/main.ts <engine address>`; prints its port and serves.

import { startPluginServer } from "./server.ts";

// The engine runs its plugins in groups of their own, where no Ctrl-C reaches them: this is how it ends one, and it
// waits five seconds for one that stays. What is under way is ended before, by a call of its own.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));

const parent = process.ppid;
const server = await startPluginServer({ engineAddress: process.argv[2] ?? "" });
process.stdout.write(`${server.port}\n`);

// An engine that was killed tells nobody: without its parent the plugin ends too.
setInterval(() => {
  if (process.ppid !== parent) process.exit(0);
}, 1000).unref();
