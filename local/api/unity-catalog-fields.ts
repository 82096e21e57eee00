// Checks that the requests of Unity Catalog share.
import { type Check, isObject, object, outputOnly, text } from "./validation.ts";

/** Name of a catalog or schema. */
export const catalogName = text({
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the rule is about
  form: /^[^\u0000-\u0020\u007f./]{1,255}$/,
  described: "1 to 255 characters, without dots, slashes, spaces and control characters",
});

/** Any JSON object. */
export const anyObject: Check = (value, path) => (isObject(value) ? [] : [`${path} must be a JSON object`]);

/**
 * An object whose other fields are ignored: clients of Unity Catalog send settings for much that the local workspace
 * does not have, like predictive optimization.
 */
export function openObject(fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, path) => {
    const others = isObject(value) ? Object.keys(value).filter((name) => !Object.hasOwn(fields, name)) : [];
    const open = { ...fields, ...Object.fromEntries(others.map((name) => [name, outputOnly])) };
    return object(open, required)(value, path);
  };
}
