// The failures that their message explains: what the tools' users can put right, told without a stack trace.
import { BuildError } from "./built.ts";
import { DemoError } from "./demo/error.ts";
import { DevStackError } from "./dev-stack.ts";
import { EngineNotFoundError } from "./engine/index.ts";
import { PluginNotAvailableError } from "./plugin/index.ts";

const KINDS = [BuildError, DemoError, DevStackError, EngineNotFoundError, PluginNotAvailableError];

/** The message of an error that explains itself; anything else is thrown on, with its stack. */
export function explanationOf(error: unknown): string {
  if (error instanceof Error && KINDS.some((kind) => error instanceof kind)) return error.message;
  throw error;
}
