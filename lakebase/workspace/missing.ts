// Answers that say that there is nothing, told apart from those that say nothing.

/** What there is; undefined where the workspace says that there is nothing. Every other failure stays one. */
export async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  return await unless(404, answer);
}

/** Undefined instead of an error with that HTTP status. */
export async function unless<T>(status: number, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if ((error as { status?: number }).status === status) return undefined;
    throw error;
  }
}
