// What went wrong in the demo, for people: told without a stack trace.

/** A failure of the demo whose message says it all. */
export class DemoError extends Error {
  override readonly name = "DemoError";
}
