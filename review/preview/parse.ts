// Reads a preview's JSON, tolerant of what it does not need and clear about what it cannot read.
import type { PreviewDiagnostic, PreviewDigest, PreviewStep, Properties, ResourceState } from "./digest.ts";

/** The text is not a preview's JSON. Its message says what it is instead, and the fix. */
export class NotAPreviewError extends Error {
  override readonly name = "NotAPreviewError";
}

/**
 * Parses what `pulumi preview --json` wrote. Lines before the JSON, as wrappers print them, are skipped.
 *
 * @throws NotAPreviewError when there is no preview in the text
 */
export function parsePreview(text: string): PreviewDigest {
  const document = jsonOf(text);
  const { steps = [], diagnostics = [], maybeCorrupt } = document;
  const isDigest = "steps" in document || "changeSummary" in document || "diagnostics" in document;
  if (!isDigest || !Array.isArray(steps) || !Array.isArray(diagnostics)) throw notAPreview(document);
  return {
    steps: steps.filter(isObject).map(stepOf),
    diagnostics: diagnostics.filter(isObject).map(diagnosticOf),
    maybeCorrupt: maybeCorrupt === true,
  };
}

const fix = "give it what `pulumi preview --json` writes on standard output";

function jsonOf(text: string): Record<string, unknown> {
  if (text.trim() === "") throw new NotAPreviewError(`preview: the input is empty; ${fix}`);
  const start = /^\{/m.exec(text)?.index;
  if (start === undefined) {
    const beginning = text.trim().slice(0, 60).replace(/\s+/g, " ");
    throw new NotAPreviewError(
      `preview: the input is not JSON (it begins: ${JSON.stringify(beginning)}); ${fix}`,
    );
  }
  try {
    const document: unknown = JSON.parse(text.slice(start));
    if (isObject(document)) return document;
  } catch (error) {
    throw broken(text.slice(start), error as Error);
  }
  throw new NotAPreviewError(`preview: the input is not a JSON object; ${fix}`);
}

function broken(text: string, error: Error): NotAPreviewError {
  if (/^\{"?.*"?(sequence|timestamp)"/.test(text)) {
    return new NotAPreviewError(
      "preview: the input is a stream of engine events, not one preview; unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW and run the preview again",
    );
  }
  // The parser's message quotes the text, which may hold anything.
  const position = /position (\d+)/.exec(error.message)?.[1];
  const where = position === undefined ? "" : ` at character ${position} of ${text.length}`;
  return new NotAPreviewError(`preview: the JSON is broken or cut off${where}; ${fix}, whole`);
}

function notAPreview(document: Record<string, unknown>): NotAPreviewError {
  const looks = "deployment" in document ? "a stack's exported state" : "another JSON document";
  const members = Object.keys(document).slice(0, 5).join(", ") || "none";
  return new NotAPreviewError(`preview: the input is ${looks} (members: ${members}), not a preview; ${fix}`);
}

function stepOf(step: Record<string, unknown>): PreviewStep {
  const oldState = stateOf(step.oldState);
  const newState = stateOf(step.newState);
  return {
    op: text(step.op),
    urn: text(step.urn),
    diffReasons: texts(step.diffReasons),
    replaceReasons: texts(step.replaceReasons),
    ...(oldState === undefined ? {} : { oldState }),
    ...(newState === undefined ? {} : { newState }),
  };
}

function stateOf(value: unknown): ResourceState | undefined {
  if (!isObject(value)) return undefined;
  return {
    urn: text(value.urn),
    type: text(value.type),
    custom: value.custom === true,
    inputs: properties(value.inputs),
    outputs: properties(value.outputs),
    protect: value.protect === true,
    retainOnDelete: value.retainOnDelete === true,
    initErrors: texts(value.initErrors),
    ...(typeof value.id === "string" ? { id: value.id } : {}),
    ...(typeof value.parent === "string" ? { parent: value.parent } : {}),
  };
}

function diagnosticOf(diagnostic: Record<string, unknown>): PreviewDiagnostic {
  return {
    urn: text(diagnostic.urn),
    severity: text(diagnostic.severity),
    message: `${text(diagnostic.prefix)}${text(diagnostic.message)}`,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function properties(value: unknown): Properties {
  return isObject(value) ? value : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
