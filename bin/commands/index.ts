// The subcommands: a new one is a file beside this one and a line here. Each is loaded only when it is used.
import type { Command } from "../command.ts";

/** By the name on the command line. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  review: async () => (await import("./review.ts")).reviewCommand,
};
