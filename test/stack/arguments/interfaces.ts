// Every argument of every component, as the compiler sees the exported interfaces.
import { join } from "node:path";
import ts from "typescript";

const root = join(import.meta.dirname, "../../..");

/**
 * The members that each exported `…Args` interface declares itself, as `Interface.member`. Inherited ones are the
 * other interface's.
 */
export function everyArgument(): string[] {
  const file = join(root, "components/index.ts");
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ESNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} cannot be read`);
  return checker
    .getExportsOfModule(module)
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .filter(({ name, flags }) => flags & ts.SymbolFlags.Interface && name.endsWith("Args"))
    .flatMap((symbol) =>
      (symbol.declarations ?? [])
        .filter(ts.isInterfaceDeclaration)
        .flatMap(({ members }) =>
          members.flatMap(({ name }) => (name === undefined ? [] : [`${symbol.name}.${name.getText()}`])),
        ),
    );
}
