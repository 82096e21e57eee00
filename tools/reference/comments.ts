// Doc comments: their sentences, sorted into meaning, default and what a change does.
import ts from "typescript";
import type { Comment } from "./model.ts";

const tellsFallback = /^(Default\b|Left out\b|Environment:)/;
const tellsChange =
  /^(A change\b|A new (one|id)\b|Changed in place|Replaces\b|Only (looked at|read) (when|at)\b|Without effect|Never changed)/;

/** Reads the comment of a declaration; every part is empty where there is none. */
export function readComment(node: ts.Node): Comment {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).slice(-1);
  const sentences = sentencesOf(textOf(doc?.comment));
  const pick = (pattern: RegExp) => sentences.filter((sentence) => pattern.test(sentence));
  const rest = sentences.filter((sentence) => !tellsFallback.test(sentence) && !tellsChange.test(sentence));
  const marked = /(`[^`]*`) \(default\)/.exec(rest.join(" "))?.[1];
  const fallbacks = pick(tellsFallback).map(withoutTheWord);
  return {
    text: rest.join(" ").trim(),
    fallback: [...(marked === undefined ? [] : [marked]), ...fallbacks].join("; "),
    change: pick(tellsChange).join(" "),
    errors: ts
      .getJSDocTags(node)
      .filter((tag) => tag.tagName.text === "throws")
      .map((tag) => flattened(`${thrownType(tag)}${textOf(tag.comment)}`)),
  };
}

/** TypeScript reads `@throws {X}` as a type of its own; here the name stands in the text. */
function thrownType(tag: ts.JSDocTag): string {
  const type = ts.isJSDocThrowsTag(tag) ? tag.typeExpression?.type.getText() : undefined;
  return type === undefined ? "" : `${type} `;
}

function textOf(comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string {
  if (comment === undefined) return "";
  if (typeof comment === "string") return comment;
  return comment.map((part) => (part.kind === ts.SyntaxKind.JSDocText ? part.text : linkOf(part))).join("");
}

/** `{@link X}` becomes code; the page makes links of the names that it has. */
function linkOf(part: ts.JSDocComment): string {
  const name = "name" in part ? part.name?.getText() : undefined;
  return `\`${name ?? part.text.trim()}\``;
}

/** Cuts at the end of a sentence, not inside backquotes; paragraphs stay apart. */
function sentencesOf(text: string): string[] {
  return text
    .split(/\n\s*\n/)
    .flatMap((paragraph, at) => {
      const parts = flattened(paragraph).split(/(?<=[^`.]\.|`\.|\)\.)\s+(?=[A-Z`*])/);
      return joined(parts).map((sentence, part) => (at > 0 && part === 0 ? `\n\n${sentence}` : sentence));
    })
    .filter((sentence) => sentence.trim() !== "");
}

/** Puts together again what was cut between two backquotes. */
function joined(parts: readonly string[]): string[] {
  const sentences: string[] = [];
  for (const part of parts) {
    const last = sentences.at(-1);
    const isOpen = last !== undefined && (last.match(/`/g)?.length ?? 0) % 2 === 1;
    if (isOpen) sentences.splice(-1, 1, `${last} ${part}`);
    else sentences.push(part);
  }
  return sentences;
}

function flattened(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** `Default: 5.` and `Default 600.` as what they name. */
function withoutTheWord(sentence: string): string {
  return sentence
    .replace(/^Default:?,?\s*/, "")
    .replace(/^Left out( or empty)?: /, "")
    .replace(/\.$/, "");
}
