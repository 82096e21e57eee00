// What the resources of one run want of the same thing, so that none takes away what another one wants.
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
