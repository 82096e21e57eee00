// Reading request bodies and parameters: what is unknown or ill-typed is refused, every problem at once.
import { invalidParameter } from "./errors.ts";

/** Looks at one value and returns what is wrong with it. */
export type Check = (value: unknown, path: string) => string[];

/** A JSON object. */
export type JsonObject = Record<string, unknown>;

const show = (value: unknown): string => JSON.stringify(value) ?? String(value);

/** Text, optionally of a form that `form` describes. */
export function text(options: { form?: RegExp; described?: string } = {}): Check {
  return (value, path) => {
    if (typeof value !== "string") return [`${path} must be a string, not ${show(value)}`];
    if (options.form && !options.form.test(value)) {
      return [`${path} ${show(value)} is not valid: it must be ${options.described}`];
    }
    return [];
  };
}

/** Longest name in PostgreSQL, in bytes; it cuts longer ones without a word. */
const longestDatabaseName = 63;

/** A name in PostgreSQL that is free of `forbidden` beginnings. */
export function databaseName(forbidden: readonly string[] = []): Check {
  const except = forbidden.length === 0 ? "" : `, not ${forbidden.map((start) => `${start}…`).join(" or ")}`;
  return (value, path) => {
    if (typeof value !== "string") return text()(value, path);
    const isName =
      value !== "" &&
      !value.includes("\0") &&
      value.isWellFormed() &&
      Buffer.byteLength(value) <= longestDatabaseName &&
      !forbidden.some((start) => value.startsWith(start));
    if (isName) return [];
    return [
      `${path} ${show(value)} is not valid: it must be 1 to ${longestDatabaseName} bytes of UTF-8${except}`,
    ];
  };
}

/** true or false. */
export const flag: Check = (value, path) =>
  typeof value === "boolean" ? [] : [`${path} must be true or false, not ${show(value)}`];

/** A whole number within limits. */
export function integer(minimum: number, maximum: number): Check {
  return (value, path) =>
    Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum
      ? []
      : [`${path} must be an integer between ${minimum} and ${maximum}, not ${show(value)}`];
}

/** One of the given words. */
export function oneOf(words: readonly string[]): Check {
  return (value, path) =>
    words.includes(value as string) ? [] : [`${path} must be one of ${words.join(", ")}, not ${show(value)}`];
}

/** A list whose elements all pass. */
export function list(element: Check): Check {
  return (value, path) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => element(item, `${path}[${index}]`))
      : [`${path} must be a list, not ${show(value)}`];
}

/** What only the service sets: taken in a request, as it came in an earlier answer, and ignored. */
export const outputOnly: Check = () => [];

/** An object with these fields and no others; null counts as absent. */
export function object(fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, path) => {
    if (!isObject(value)) return [`${path || "the request body"} must be a JSON object`];
    const at = (name: string): string => (path ? `${path}.${name}` : name);
    const missing = required.filter((name) => value[name] === undefined || value[name] === null);
    const problems = missing.map((name) => `${at(name)} is required`);
    for (const [name, content] of Object.entries(value)) {
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (check === undefined) {
        problems.push(`unknown field ${show(at(name))}; known are ${settable(fields).join(", ")}`);
      } else if (content !== null) problems.push(...check(content, at(name)));
    }
    return problems;
  };
}

function settable(fields: Readonly<Record<string, Check>>): string[] {
  return Object.keys(fields).filter((name) => fields[name] !== outputOnly);
}

/** Whether a value is a JSON object, not a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The body if it passes, without its nulls; else a 400 with every problem. */
export function accept<T>(body: unknown, check: Check): T {
  const problems = check(body, "");
  if (problems.length > 0) throw invalidParameter(problems.join("; "));
  return withoutNulls(body) as T;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, content]) => content !== null);
  return Object.fromEntries(kept.map(([name, content]) => [name, withoutNulls(content)]));
}

/** A query parameter that is true or false, or undefined when absent. */
export function booleanParameter(name: string, value: string | undefined): boolean | undefined {
  if (value === undefined || value === "") return undefined;
  // The Python SDK sends Python's own spelling for some values.
  const lower = value.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  throw invalidParameter(`${name} must be true or false, not ${show(value)}`);
}
