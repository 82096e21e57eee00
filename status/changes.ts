// What changed between two looks, a line for each: for logs, where nothing can be redrawn.
import { syncState } from "./render/words.ts";
import type { Part, StackStatus } from "./types.ts";

/** Each thing's state in words, by its name. Times that grow by themselves are not in it. */
function facts(status: StackStatus): Map<string, string> {
  const all = new Map<string, string>([["verdict", status.verdict]]);
  const add = (kind: string, part: Part, state: string) => {
    const drift = part.drift.map(({ setting, actual }) => `${setting} is ${actual}`);
    all.set(`${kind} ${part.name}`, [state, ...drift, ...part.problems].join("; "));
  };
  for (const part of status.instances) add("instance", part, part.state);
  for (const part of status.catalogs) add("catalog", part, part.state);
  for (const part of status.syncedTables) add("synced table", part, syncState(part.state));
  for (const part of status.verifications) add("check", part, part.now?.outcome ?? part.outcome);
  return all;
}

/** Lines; everything at the first look. */
export function changesBetween(before: StackStatus | undefined, after: StackStatus): string[] {
  const olds = before === undefined ? new Map<string, string>() : facts(before);
  const news = facts(after);
  const changed = [...news].flatMap(([name, state]) => {
    const old = olds.get(name);
    if (old === state) return [];
    return [old === undefined ? `${name}: ${state}` : `${name}: ${old} → ${state}`];
  });
  const gone = [...olds.keys()]
    .filter((name) => !news.has(name))
    .map((name) => `${name}: no longer declared`);
  return [...changed, ...gone];
}
