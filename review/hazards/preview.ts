// What the preview as a whole means: it failed, it is blocked, it does not know everything.
import { kindOf } from "../model/kinds.ts";
import { scrubbed, shortened } from "../model/values.ts";
import type { PreviewDiagnostic } from "../preview/digest.ts";
import { unknownAfter } from "./access.ts";
import { quoted } from "./reading.ts";
import type { ChangeRule, Context, PreviewRule } from "./types.ts";

const longestMessage = 500;

/** Rules about the whole preview. */
export const previewRules: readonly PreviewRule[] = [
  {
    id: "protection-refuses",
    severity: "needs-attention",
    topic: "data",
    find: (context) => {
      const blocked = protectedTypes(context);
      return blocked.length === 0
        ? undefined
        : {
            text: `the program would delete or replace ${blocked.join(", ")}, which is protected: nothing is deleted, the deployment fails, and the preview ends there, so that this review is incomplete`,
            fix: "undo the change; only when the data may really be lost, remove the protection in a deployment of its own first",
          };
    },
  },
  {
    id: "replacement-refused",
    severity: "needs-attention",
    topic: "data",
    find: ({ diagnostics }) => {
      const names = diagnostics.flatMap(({ message }) => guarded.exec(message)?.[1] ?? []);
      return names.length === 0
        ? undefined
        : {
            text: `the program would replace instance ${[...new Set(names)].map(quoted).join(", ")} and so delete its data; its component refuses: nothing is deleted, and the deployment fails`,
            fix: "keep its name and its parent; or add a second instance and move the data; only when the data may be lost, set `allowReplacementOf`",
          };
    },
  },
  {
    id: "preview-failed",
    severity: "needs-attention",
    topic: "deployment",
    find: ({ diagnostics }) => {
      const failures = diagnostics.filter(isError);
      if (failures.length === 0 || failures.some(isRefusal)) return undefined;
      const errors = new Set(failures.filter((failure) => !isFootnote(failure)).map(inOneLine));
      if (errors.size === 0) {
        return "the preview failed, and its JSON does not say why, as when a policy refuses: see its log; this review may be incomplete";
      }
      return `the preview failed, so this review is incomplete: ${[...errors].slice(0, 3).map(quoted).join("; ")}`;
    },
  },
  {
    id: "state-corrupt",
    severity: "needs-attention",
    topic: "deployment",
    find: ({ maybeCorrupt }) =>
      maybeCorrupt
        ? "the engine says that the stack's state may be damaged; repair it before deploying"
        : undefined,
  },
];

/** A rule for every kind whose changes are judged by their values. */
export const unknownRule: ChangeRule = {
  id: "value-unknown",
  severity: "needs-attention",
  topic: "data",
  kinds: [
    "instance",
    "catalog",
    "synced-table",
    "app",
    "permissions",
    "own-permissions",
    "database-access",
    "project",
    "branch",
    "database",
  ],
  find: (change) => {
    if (change.operation === "create") return undefined;
    const unknown = change.properties
      .filter(({ name }) => unknownAfter(change, name))
      .map(({ label }) => label);
    return unknown.length === 0
      ? undefined
      : `${unknown.map(quoted).join(", ")} of ${quoted(change.newName)} will only be known during the deployment: what the new value does cannot be said here`;
  },
};

function isError({ severity }: PreviewDiagnostic): boolean {
  return severity === "error";
}

/** The engine's last word after the error itself. */
function isFootnote({ message }: PreviewDiagnostic): boolean {
  return /^(error: )?preview failed\s*$/.test(message);
}

/** How LakebaseInstance says that a change would exchange the database. */
const guarded = /instance "([^"]+)" (?:by "|would be cut anew from another parent)/;

const refusal = /resource "?(urn:pulumi:[^"\s]+)"?\s+(?:cannot be deleted|as it is currently marked)/;

function isRefusal({ message }: PreviewDiagnostic): boolean {
  return refusal.test(message) || guarded.test(message);
}

/** Errors may carry requests and traces after their first line; only the points of a list are a person's words. */
function inOneLine({ message }: PreviewDiagnostic): string {
  const [first = "", ...others] = message
    .replace(/^error: /, "")
    .split("\n")
    .filter((text) => text.trim() !== "");
  const points = others.filter((text) => /^ {0,4}- /.test(text)).map((text) => text.trim().slice(2));
  return shortened(scrubbed([first, ...points].join("; ")), longestMessage);
}

/** Only the first refusal stops the engine, and it may be that of the instance's power. */
function protectedTypes({ diagnostics, changes }: Context): string[] {
  const names = diagnostics.flatMap(({ severity, message }) => {
    const urn = refusal.exec(message)?.[1];
    if (severity !== "error" || urn === undefined) return [];
    const change = changes.find((one) => one.urn === urn);
    const name = quoted(change?.name ?? urn.split("::").at(-1) ?? "");
    const title = change?.title ?? kindOf(urn.split("::")[2]?.split("$").at(-1) ?? "").title;
    return [`${change?.kind === "power" ? "instance" : title} ${name}`];
  });
  return [...new Set(names)];
}
