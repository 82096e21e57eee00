// Parsing JSON that anybody may have sent: what is nested too deeply is refused, as no function could walk it.

/** Levels that no request of the API needs; protocol buffers' own limit is 100. */
const deepest = 100;

/** Parses; throws for what is no JSON and for what is nested too deeply. */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) throw new SyntaxError(`JSON nested more than ${deepest} levels deep`);
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return value;
}
