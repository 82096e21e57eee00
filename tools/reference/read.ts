// Reads the public items of the package's entry points with the TypeScript compiler.
import path from "node:path";
import ts from "typescript";
import { PROJECT_DIR } from "../project.ts";
import { readComment } from "./comments.ts";
import type { EntryPoint, Item, ItemKind, Member } from "./model.ts";
import { unitOf } from "./units.ts";

/** Reads entry points, each by the file that it is made from. */
export function readEntryPoints(files: Readonly<Record<string, string>>): EntryPoint[] {
  const names = Object.values(files).map((file) => path.join(PROJECT_DIR, file));
  const program = ts.createProgram(names, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2024,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
  });
  const checker = program.getTypeChecker();
  return Object.entries(files).map(([specifier, file]) => {
    const source = program.getSourceFile(path.join(PROJECT_DIR, file));
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    if (source === undefined || module === undefined) throw new Error(`${file} exports nothing`);
    return {
      specifier,
      purpose: firstComment(source),
      items: checker.getExportsOfModule(module).map((symbol) => itemOf(symbol, checker)),
    };
  });
}

function firstComment(source: ts.SourceFile): string {
  const [, text = ""] = /^((?:\/\/.*\n)+)/.exec(source.text) ?? [];
  return text
    .replace(/^\/\/ ?/gm, "")
    .replace(/\s+/g, " ")
    .trim();
}

function itemOf(exported: ts.Symbol, checker: ts.TypeChecker): Item {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const [declaration] = symbol.declarations ?? [];
  if (declaration === undefined) throw new Error(`${exported.name} has no declaration`);
  return {
    name: exported.name,
    kind: kindOf(declaration),
    signature: signatureOf(declaration),
    comment: readComment(ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration),
    members: membersOf(declaration),
    inherits: inheritedBy(declaration),
    source: path.relative(PROJECT_DIR, declaration.getSourceFile().fileName),
    throws: ts.isFunctionDeclaration(declaration) && throwsItself(declaration.body),
  };
}

function kindOf(node: ts.Node): ItemKind {
  if (ts.isClassDeclaration(node)) {
    const isResource = inheritedBy(node).some((name) => /(^|\.|[a-z])Resource$/.test(name));
    return isResource ? "component" : "class";
  }
  if (ts.isInterfaceDeclaration(node)) return "interface";
  if (ts.isTypeAliasDeclaration(node)) return "type";
  return ts.isFunctionDeclaration(node) ? "function" : "constant";
}

function signatureOf(node: ts.Node): string {
  if (ts.isFunctionDeclaration(node)) {
    const parameters = node.parameters
      .map((parameter) => parameter.getText().replace(/ = .*/s, ""))
      .join(", ");
    const types = node.typeParameters?.map((one) => one.getText()).join(", ");
    const generic = types === undefined ? "" : `<${types}>`;
    return plain(`${node.name?.text}${generic}(${parameters}): ${node.type?.getText() ?? "unknown"}`);
  }
  if (ts.isTypeAliasDeclaration(node) && !ts.isTypeLiteralNode(node.type)) return plain(node.type.getText());
  if (ts.isVariableDeclaration(node)) return plain(node.type?.getText() ?? "");
  return "";
}

/** A component's outputs, an object's members, a class' public members: what a program can name. */
function membersOf(node: ts.Node): Member[] {
  const members = ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) ? [...node.members] : [];
  const literal = ts.isTypeAliasDeclaration(node) && ts.isTypeLiteralNode(node.type) ? node.type.members : [];
  const found = [...members, ...literal].filter(isPublic).map(memberOf);
  // Overloads have one name, and the first of them the comment.
  return found.filter(({ name }, at) => found.findIndex((one) => one.name === name) === at);
}

function isPublic(node: ts.Node): node is ts.PropertyDeclaration {
  if (ts.isConstructorDeclaration(node) || !("name" in node)) return false;
  const name = (node as ts.PropertyDeclaration).name;
  if (name === undefined || ts.isPrivateIdentifier(name) || ts.isComputedPropertyName(name)) return false;
  const flags = ts.getCombinedModifierFlags(node as ts.PropertyDeclaration);
  return (flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Override)) === 0;
}

function memberOf(node: ts.PropertyDeclaration): Member {
  const name = node.name.getText().replaceAll('"', "");
  const comment = readComment(node);
  const parameters = (node as unknown as { parameters?: ts.NodeArray<ts.Node> }).parameters;
  const result = plain(node.type?.getText() ?? "");
  const isCall = parameters !== undefined && !ts.isGetAccessor(node);
  const type = isCall ? `(${parameters.map((one) => plain(one.getText())).join(", ")}) => ${result}` : result;
  return {
    name,
    type: type.replace(/ \| undefined$/, ""),
    optional: node.questionToken !== undefined,
    unit: /^((Input|Output)<)?number\b/.test(type) ? unitOf(name, comment.text) : "",
    comment,
  };
}

function inheritedBy(node: ts.Node): string[] {
  if (!ts.isClassDeclaration(node) && !ts.isInterfaceDeclaration(node)) return [];
  return (node.heritageClauses ?? [])
    .filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    .flatMap(({ types }) => types.map((type) => plain(type.getText())));
}

function throwsItself(body: ts.Node | undefined): boolean {
  let found = false;
  const look = (node: ts.Node): void => {
    if (ts.isThrowStatement(node)) found = true;
    if (!ts.isFunctionLike(node) && !ts.isTryStatement(node)) ts.forEachChild(node, look);
  };
  if (body !== undefined) ts.forEachChild(body, look);
  return found;
}

/** Without line breaks and comments, and without the prefix that every type of Pulumi has. */
function plain(text: string): string {
  return text
    .replace(/\/\*\*[\s\S]*?\*\//g, "")
    .replace(/\bpulumi\./g, "")
    .replace(/\s+/g, " ")
    .trim();
}
