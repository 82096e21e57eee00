// Times, states and counts as people say them.

const units = [
  [86_400, "day"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** `3 min`, `2 days`: the largest unit, rounded down. */
export function duration(seconds: number): string {
  for (const [size, unit] of units) {
    if (seconds < size) continue;
    const count = Math.floor(seconds / size);
    return unit === "day" ? `${count} ${count === 1 ? "day" : "days"}` : `${count} ${unit}`;
  }
  return "0 s";
}

/** `3 min ago`; `never` for no time. */
export function ago(time: string | undefined, now: number): string {
  const then = time === undefined ? Number.NaN : Date.parse(time);
  if (Number.isNaN(then)) return "never";
  return `${duration(Math.max(0, (now - then) / 1000))} ago`;
}

/** `SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE` as `ONLINE, NO PENDING UPDATE`; `D` is in the service's own spelling of one. */
export function syncState(state: string): string {
  const short = state.replace(/^SYNCED_TABLED?_/, "").replaceAll("_", " ");
  return short.replace(/^(ONLINE|OFFLINE|PROVISIONING) (?=.)/, "$1, ");
}

/** `1 instance`, `3 instances`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
