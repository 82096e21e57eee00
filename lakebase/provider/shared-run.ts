// What the resources of one run want of the same thing, so that none takes away what another one wants, and none writes
// over what another one has just written.
//
// A resource that is renamed or moved without an alias is created under its new name and then deleted under its
// old one, in one run and one process. Without this the deletion would take what the creation found in place.

const wanted = new Map<string, Map<string, ReadonlySet<string>>>();

/** Remembers what a resource wants of a thing, in this process. */
export function claim(thing: string, id: string, keys: Iterable<string>): void {
  const claims = wanted.get(thing) ?? new Map<string, ReadonlySet<string>>();
  claims.set(id, new Set(keys));
  wanted.set(thing, claims);
}

/** Forgets a resource that is gone. */
export function release(thing: string, id: string): void {
  wanted.get(thing)?.delete(id);
}

/** Whether another resource of this run wants it. */
export function wantedByAnother(thing: string, id: string): (key: string) => boolean {
  return (key) => [...(wanted.get(thing) ?? [])].some(([other, keys]) => other !== id && keys.has(key));
}

const turns = new Map<string, Promise<unknown>>();

/** Does the work once whatever was begun on the same thing before has ended, well or not. */
export async function inTurn<T>(thing: string, work: () => Promise<T>): Promise<T> {
  const mine = (turns.get(thing) ?? Promise.resolve()).then(work);
  turns.set(
    thing,
    mine.catch(() => {}),
  );
  return await mine;
}
