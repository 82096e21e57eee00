// The failures that their message explains: what the tools' users can put right, told without a stack trace.
import { BuildError } from "./built.ts";
import { DemoError } from "./demo/error.ts";
import { DevStackError } from "./dev-stack.ts";
import { EngineNotFoundError } from "./engine/index.ts";
import { PluginNotAvailableError } from "./plugin/index.ts";

const KINDS = [BuildError, DemoError, DevStackError, EngineNotFoundError, PluginNotAvailableError];

const FOREIGN = "fix: run this as the owner of the checkout, or in a checkout of your own";
const FULL = "fix: make room there";
/** What the operating system refuses to whoever writes: the checkout's .cache may be another user's, as after sudo. */
const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: FOREIGN,
  EPERM: FOREIGN,
  EROFS: FOREIGN,
  ENOSPC: FULL,
  EDQUOT: FULL,
};

/** The message of an error that explains itself; anything else is thrown on, with its stack. */
export function explanationOf(error: unknown): string {
  if (error instanceof Error && KINDS.some((kind) => error instanceof kind)) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  const fix = REFUSALS[code ?? ""];
  if (fix !== undefined) return `${message}; ${fix}`;
  throw error;
}
