// The subcommands: a new one is a file beside this one and a line here. Each is loaded only when it is used.
import type { Command } from "../command.ts";

/** By the name on the command line. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  "app-yaml": async () => (await import("./app-yaml.ts")).appYamlCommand,
  env: async () => (await import("./env.ts")).envCommand,
  import: async () => (await import("./import.ts")).importCommand,
  review: async () => (await import("./review.ts")).reviewCommand,
  "run-app": async () => (await import("./run-app.ts")).runAppCommand,
  status: async () => (await import("./status.ts")).statusCommand,
};
