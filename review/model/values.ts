// Values as a reviewer sees them: known, secret or not known before the deployment.
import { type Properties, secretValue, unknownValue } from "../preview/digest.ts";

/** A value that may be shown. */
export type Shown =
  | { readonly known: true; readonly value: unknown }
  | { readonly known: false; readonly reason: "after-deployment" | "secret" };

/** The value at a dotted path, whose parts lead through objects and the items of lists; undefined when not given. */
export function valueAt(properties: Properties, path: string): unknown {
  return path.split(".").reduce<unknown>((value, part) => member(value, part), properties);
}

function member(value: unknown, part: string): unknown {
  if (value === unknownValue || value === secretValue) return value;
  if (Array.isArray(value))
    return value.map((item) => member(item, part)).filter((item) => item !== undefined);
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
  return (value as Record<string, unknown>)[part];
}

/** Classifies a value; a list or object with one unknown member is not known as a whole. */
export function shown(value: unknown): Shown | undefined {
  if (value === undefined || value === null) return undefined;
  if (contains(value, secretValue)) return { known: false, reason: "secret" };
  if (contains(value, unknownValue)) return { known: false, reason: "after-deployment" };
  return { known: true, value };
}

function contains(value: unknown, marker: string): boolean {
  if (typeof value === "string") return value.includes(marker);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((item) => contains(item, marker));
}

/** Whether two shown values are the same. */
export function sameShown(left: Shown | undefined, right: Shown | undefined): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

const longestValue = 120;

/** A shown value in words, in one line of so many characters, with whatever looks like a credential taken out. */
export function inWords(value: Shown | undefined, longest = longestValue): string {
  if (value === undefined) return "not set";
  if (!value.known) return value.reason === "secret" ? "(secret)" : "(known after deployment)";
  return shortened(scrubbed(plain(value.value)), longest);
}

/** Cuts a text at a number of characters, marked with an ellipsis, never inside a character. */
export function shortened(text: string, characters: number): string {
  const points = [...text];
  return points.length <= characters ? text : `${points.slice(0, characters - 1).join("")}…`;
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(item).join(", ");
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" && value !== null ? item(value) : String(value);
}

/** The objects that are shown in lists, each in the form that people write it. */
function item(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const given = value as Record<string, unknown>;
  if ("permissionLevel" in given) return `${principalOf(given)} ${String(given.permissionLevel)}`;
  if ("privileges" in given) return `${String(given.principal)} ${plain(given.privileges)}`;
  if ("instanceName" in given) return `${String(given.instanceName)}/${String(given.databaseName)}`;
  if ("key" in given) return `${String(given.key)}=${String(given.value ?? "")}`;
  if ("columns" in given) return `${String(given.method ?? "btree")} (${plain(given.columns)})`;
  if ("level" in given) return `${String(given.name)} ${String(given.level)}`;
  if ("name" in given && "type" in given) return principalInWords(given);
  if (Object.values(given).every((text) => typeof text === "string"))
    return plain(Object.entries(given).map(([key, text]) => `${key}=${text}`));
  return "(an object)";
}

/** What a principal of a database has: `analysts: CONNECT; schema=public preset=reader; superuser`. */
function principalInWords({
  name,
  databasePrivileges,
  grants,
  syncedTables,
  databricksSuperuser,
}: Given): string {
  const shownOfGrant = ["schema", "preset", "tables", "privileges"];
  const parts = [
    ...(Array.isArray(databasePrivileges) ? [databasePrivileges.join(" ")] : []),
    ...(Array.isArray(grants) ? grants : []).map((grant: Given) =>
      shownOfGrant
        .filter((key) => grant[key] !== undefined)
        .map((key) => `${key}=${[grant[key]].flat().join("+")}`)
        .join(" "),
    ),
    ...(Array.isArray(syncedTables) ? syncedTables.map((table) => `reads ${String(table)}`) : []),
    ...(databricksSuperuser === true ? ["superuser"] : []),
  ];
  return parts.length === 0 ? String(name) : `${String(name)}: ${parts.join("; ")}`;
}

type Given = Record<string, unknown>;

/** Whom an entry of an access list is for. */
export function principalOf(entry: Record<string, unknown>): string {
  return String(entry.groupName ?? entry.userName ?? entry.servicePrincipalName ?? "?");
}

const credentials = [
  /\bdapi[0-9a-f][\w-]{6,}/gi,
  /\bdose[0-9a-f]{16,}\b/gi,
  /\beyJ[\w-]{8,}(\.[\w-]*){0,2}/g,
  /\b(bearer|basic)\s+[\w+/=.-]{8,}/gi,
  /\/\/[^/@\s:]+:[^/@\s]+@/g,
  /\b(password|passwd|pwd|token|secret|client_secret)(["']?\s*[:=]\s*["']?)[^\s"',;]+/gi,
];

/** One line of text without control characters and without what looks like a token or a password. */
export function scrubbed(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  return credentials.reduce((cleaned, pattern) => cleaned.replace(pattern, "(removed)"), line);
}
