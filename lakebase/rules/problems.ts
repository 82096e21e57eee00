// How a broken rule is told: one problem each, all problems together, with path, value, allowed values and fix.

/** One broken rule. */
export interface Problem {
  /** Where the value stands, e.g. `capacity` or `parent.branchTime`. */
  path: string;
  /** What is wrong, in a few words: lower case, no full stop. */
  reason: string;
  /** The value given. Left out when it may be a secret. */
  value?: unknown;
  /** What would be accepted. */
  allowed?: string;
  /** What to do. */
  fix: string;
}

/**
 * Every broken rule of one thing at once, so that a user mends a file in one go.
 * Thrown before anything is sent to the workspace.
 */
export class RuleViolations extends Error {
  override readonly name = "RuleViolations";
  /** What was checked. */
  readonly subject: string;
  /** Every broken rule. */
  readonly problems: readonly Problem[];

  /** @param subject what was checked, e.g. `LakebaseInstance "orders"` */
  constructor(subject: string, problems: readonly Problem[]) {
    super(describeProblems(subject, problems));
    this.subject = subject;
    this.problems = problems;
  }
}

/** The text of a set of problems, one block each. */
export function describeProblems(subject: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [`${subject}: ${count}, nothing was sent to the workspace`, ...problems.map(describeProblem)].join(
    "\n",
  );
}

function describeProblem(problem: Problem): string {
  const given = "value" in problem ? ` (given: ${showValue(problem.value)})` : "";
  const lines = [`  - ${problem.path}: ${problem.reason}${given}`];
  if (problem.allowed !== undefined) lines.push(`      allowed: ${problem.allowed}`);
  lines.push(`      fix: ${problem.fix}`);
  return lines.join("\n");
}

/** A value as a user would recognise it, cut where it would flood the terminal. */
export function showValue(value: unknown): string {
  const text = value === undefined ? "nothing" : textOf(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** Programs give values that have no text at all: circles, big integers, objects whose own `toString` is no function. */
function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === "bigint" ? String(value) : `a value of type ${typeof value}`;
  }
}

/**
 * Throws {@link RuleViolations} when there is at least one problem.
 *
 * @throws RuleViolations with all of them
 */
export function throwIfAny(subject: string, problems: readonly Problem[]): void {
  if (problems.length > 0) throw new RuleViolations(subject, problems);
}
