// Short ways for the rules to read a change.
import type { Change } from "../model/changes.ts";
import { inWords, scrubbed } from "../model/values.ts";
import type { Context } from "./types.ts";

/** Whether the resource goes: deleted, or replaced by a new one. */
export function goes(change: Change): boolean {
  return change.operation === "delete" || change.operation === "replace";
}

/** Whether the resource stays and is changed in place. */
export function updated(change: Change): boolean {
  return change.operation === "update";
}

/** Whether the engine refuses to let the resource go, and the preview has failed for that. */
export function refused(change: Change, { diagnostics }: Context): boolean {
  return (
    change.protectedBefore &&
    diagnostics.some(({ severity, message }) => severity === "error" && /protect/.test(message))
  );
}

/** The known value of an input after the change. */
export function after(change: Change, path: string): unknown {
  const value = change.after(path);
  return value?.known === true ? value.value : undefined;
}

/** The known value of an input before the change. */
export function before(change: Change, path: string): unknown {
  const value = change.before(path);
  return value?.known === true ? value.value : undefined;
}

/** Whether an input differs. */
export function differs(change: Change, path: string): boolean {
  return change.properties.some(({ name }) => name === path);
}

/** Whether an input of a resource that stays goes from one known value to another. */
export function turns(change: Change, path: string, from: unknown, to: unknown): boolean {
  return (
    updated(change) &&
    (before(change, path) ?? from) === from &&
    after(change, path) === to &&
    differs(change, path)
  );
}

/** A name or value, in backquotes. */
export function quoted(value: unknown): string {
  const text = scrubbed(String(value)).replaceAll("`", "'");
  return text === "" ? "(empty)" : `\`${text}\``;
}

/** An input's value after the change, in words and backquotes. */
export function afterInWords(change: Change, path: string): string {
  return quoted(inWords(change.after(path)));
}
