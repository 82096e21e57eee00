// Keeps a text within a number of bytes by leaving out whole entries, always the same ones.

/** Bytes of a text in UTF-8, which is never less than what any site counts. */
export function bytes(text: string): number {
  return Buffer.byteLength(text);
}

/**
 * As many entries as fit, in order; where some do not, a last line says how many are missing.
 * Nothing at all when not even that line fits.
 */
export function entriesWithin(
  entries: readonly string[],
  budget: number,
  missing: (count: number) => string,
): string[] {
  const sizes = entries.map((entry) => bytes(entry) + 1);
  if (sizes.reduce((sum, size) => sum + size, 0) <= budget) return [...entries];
  const notice = bytes(missing(entries.length)) + 1;
  const kept: string[] = [];
  let used = notice;
  for (const [index, entry] of entries.entries()) {
    used += sizes[index]!;
    if (used > budget) break;
    kept.push(entry);
  }
  return notice > budget ? [] : [...kept, missing(entries.length - kept.length)];
}
