// Entry point of the plugin process: `node local/plugin/main.ts <engine address>`; prints its port and serves.

import { startPluginServer } from "./server.ts";

// Ctrl-C reaches the whole process group, also while the plugin starts; the engine decides when its plugins end.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => process.exit(0));

const parent = process.ppid;
const server = await startPluginServer({ engineAddress: process.argv[2] ?? "" });
process.stdout.write(`${server.port}\n`);

// An engine that was killed tells nobody: without its parent the plugin ends too.
setInterval(() => {
  if (process.ppid !== parent) process.exit(0);
}, 1000).unref();
