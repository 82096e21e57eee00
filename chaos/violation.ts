// What a run ends with when something that must always hold does not.

/** The things that must hold, whatever happens. */
export const invariants = [
  "no acknowledged write lost",
  "no token at rest",
  "no wrong-instance connection",
  "no unexpected deletion",
  "convergence after faults",
] as const;
/** One of {@link invariants}. */
export type Invariant = (typeof invariants)[number];

/** An invariant does not hold; the message says where it was seen. */
export class Violation extends Error {
  override readonly name = "Violation";
  readonly invariant: Invariant;

  constructor(invariant: Invariant, message: string) {
    super(message);
    this.invariant = invariant;
  }
}
