// Every error that the code can tell a user, read from the places where the errors are made.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { PROJECT_DIR } from "../project.ts";

/** An error: its text with `…` for what differs each time. */
export interface ErrorText {
  readonly message: string;
  /** What it says to do; empty where that is worked out elsewhere or stands in the message. */
  readonly fix: string;
  /** File that makes it, relative to the project. */
  readonly source: string;
}

/** Errors whose argument is their whole text. */
const classes = new Set(["UserMistake", "CommandError", "RunError", "IndexProblem", "Error"]);
/** Functions that take an error's text, and those of the diagnoses also a fix. */
const makers = new Set(["problem", "at", "error"]);

/** The errors of all files below a folder, in the order of files and lines. */
export function errorsOf(folder: string): ErrorText[] {
  const files = readdirSync(path.join(PROJECT_DIR, folder), { recursive: true, encoding: "utf8" });
  const found = files
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .flatMap((file) => errorsOfFile(path.join(folder, file)));
  const isFirst = ({ message }: ErrorText, at: number) =>
    found.findIndex((other) => other.message === message) === at;
  return found.filter(isFirst);
}

function errorsOfFile(source: string): ErrorText[] {
  const text = readFileSync(path.join(PROJECT_DIR, source), "utf8");
  const tree = ts.createSourceFile(source, text, ts.ScriptTarget.ES2024, true);
  const errors: ErrorText[] = [];
  const add = (reason: ts.Expression | undefined, fix?: ts.Expression) => {
    const fixes = fix === undefined ? [] : textsOf(fix);
    for (const [at, text] of (reason === undefined ? [] : textsOf(reason)).entries()) {
      const [message = "", own] = text.split(/;? (?:to )?fix: /);
      // Two reasons of one condition have two fixes, or share one.
      if (saysSomething(message)) errors.push({ message, fix: own ?? fixes[at] ?? fixes[0] ?? "", source });
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) add(member(node, "reason"), member(node, "fix"));
    if (ts.isNewExpression(node)) {
      const [first, ...others] = node.arguments ?? [];
      if (classes.has(nameOf(node.expression))) add(first);
      // Its first argument is a code.
      if (nameOf(node.expression) === "AccessProblem") add(...firstTwo(others));
    }
    if (ts.isCallExpression(node) && makers.has(nameOf(node.expression)) && node.arguments.length > 1)
      add(...firstTwo(node.arguments));
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return errors;
}

function firstTwo([reason, fix]: readonly ts.Expression[]): [ts.Expression | undefined, ts.Expression?] {
  return fix === undefined ? [reason] : [reason, fix];
}

function nameOf(node: ts.Expression): string {
  return ts.isPropertyAccessExpression(node) ? node.name.text : node.getText();
}

function member(node: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const property of node.properties) {
    if (property.name?.getText() !== name) continue;
    if (ts.isPropertyAssignment(property)) return property.initializer;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
  }
  return undefined;
}

/** The texts that an expression may be; nothing for one that is made elsewhere. */
function textsOf(node: ts.Expression): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node))
    return [[node.head.text, ...node.templateSpans.map(({ literal }) => `…${literal.text}`)].join("")];
  if (ts.isAwaitExpression(node)) return textsOf(node.expression);
  if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)];
  if (ts.isParenthesizedExpression(node)) return textsOf(node.expression);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const right = textsOf(node.right)[0] ?? "…";
    return textsOf(node.left).map((left) => left + right);
  }
  return ts.isIdentifier(node) ? textsOfVariable(node) : [];
}

/** What a constant of the same function was set to. */
function textsOfVariable(name: ts.Identifier): string[] {
  for (let scope: ts.Node | undefined = name.parent; scope !== undefined; scope = scope.parent) {
    if (!ts.isBlock(scope) && !ts.isSourceFile(scope)) continue;
    for (const statement of scope.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      const found = statement.declarationList.declarations.find((one) => one.name.getText() === name.text);
      if (found?.initializer !== undefined) return textsOf(found.initializer);
    }
  }
  return [];
}

/** Words of its own: the rest is put together from others. */
function saysSomething(text: string): boolean {
  const words = text.match(/[A-Za-z]{2,}/g)?.length ?? 0;
  return words >= (text.startsWith("…") ? 4 : 2);
}
