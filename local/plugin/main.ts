// Entry point of the plugin process: `node local/plugin/main.ts <engine address>`; prints its port and serves.

import { startPluginServer } from "./server.ts";

const server = await startPluginServer({ engineAddress: process.argv[2] ?? "" });
process.stdout.write(`${server.port}\n`);

// Ctrl-C reaches the whole process group; the engine decides when its plugins end.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => process.exit(0));

// An engine that was killed tells nobody: without its parent the plugin ends too.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(0);
}, 1000).unref();
