// Run as a process of its own: finds the engine by the Go build only and prints it; progress goes to standard error.

import { lookWithGo } from "../../../tools/engine/go-build.ts";
import { findEngine } from "../../../tools/engine/index.ts";

const engine = await findEngine({
  log: (line) => process.stderr.write(`${line}\n`),
  makers: [{ name: "a build from Go modules", look: lookWithGo }],
});
process.stdout.write(JSON.stringify(engine));
