// Checks a component's arguments against the pure rules: plain values at once, outputs as soon as they are known.
import * as pulumi from "@pulumi/pulumi";
import { describeProblems, type Problem } from "../lakebase/rules/index.ts";

/** Finds every problem of the arguments that it is given; members left out are not checked. */
export type Check = (known: Record<string, unknown>) => Problem[];

/** The same arguments, every value an output or plain, each checked before a resource can use it. */
export type Checked<Args> = { [Key in keyof Args]: Args[Key] };

/**
 * Throws one error with every problem of the plain arguments, and guards those that are outputs so that a bad
 * one stops the program before anything that needs it is sent. Errors show as a message, without a stack.
 *
 * @param subject what is being declared, e.g. `LakebaseInstance "orders"`
 * @param required members that have to be given: types alone do not hold in JavaScript, and the official provider
 *   makes up a name where there is none
 */
export function checkArguments<Args extends object>(
  subject: string,
  args: Args,
  check: Check,
  required: readonly (keyof Args & string)[],
): Checked<Args> {
  const plain: Record<string, unknown> = {};
  const later: [string, pulumi.Output<unknown>][] = [];
  for (const [key, value] of Object.entries(args)) {
    if (isPlain(value)) plain[key] = value;
    else later.push([key, pulumi.output(value)]);
  }
  throwProblems(subject, [...checkRequired(args, required), ...check(plain)]);
  const guarded = later.map(([key, output]) => [
    key,
    output.apply((value) => {
      throwProblems(subject, check({ ...plain, [key]: value }));
      return value;
    }),
  ]);
  return { ...args, ...Object.fromEntries(guarded) };
}

function checkRequired<Args extends object>(
  args: Args,
  required: readonly (keyof Args & string)[],
): Problem[] {
  return required
    .filter((path) => args[path] === undefined || args[path] === null)
    .map((path) => ({ path, reason: "is missing", allowed: "a value", fix: "give it in the program" }));
}

/** Throws the problems, if any, in the form that the engine prints without a stack. */
export function throwProblems(subject: string, problems: readonly Problem[]): void {
  if (problems.length > 0) throw new pulumi.RunError(describeProblems(subject, problems));
}

/** Whether a value holds no output and no promise, also deep inside. */
export function isPlain(value: unknown): boolean {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return false;
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every(isPlain);
}
