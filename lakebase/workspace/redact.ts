// Keeps secrets out of texts that come from elsewhere (servers, libraries) before they reach an error.

// Signed tokens (three base64url parts of which the first is a JSON object), personal access tokens, OAuth
// secrets, and the values of headers and JSON members that carry them.
const secretShapes: readonly [RegExp, string][] = [
  [/eyJ[\w-]{6,}\.[\w-]+\.[\w-]*/g, "[secret]"],
  [/\bdapi[0-9a-zA-Z_-]{8,}/g, "[secret]"],
  [/\bdose[0-9a-zA-Z_-]{8,}/g, "[secret]"],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, "$1 [secret]"],
  [
    /("(?:access_token|refresh_token|id_token|token|client_secret|password)"\s*:\s*)"[^"]*"/gi,
    '$1"[secret]"',
  ],
];

/** The text without anything that looks like a token, nor any of the given secrets. */
export function redact(text: string, secrets: readonly (string | undefined)[] = []): string {
  let result = text;
  for (const secret of secrets) {
    // A secret of two or three letters would blot out ordinary words and protects nothing.
    if (secret !== undefined && secret.length > 3) result = result.replaceAll(secret, "[secret]");
  }
  for (const [shape, replacement] of secretShapes) result = result.replace(shape, replacement);
  return result;
}
