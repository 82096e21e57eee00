// A Prisma client without Prisma's command line, whose installation downloads engines: the runtime of
// @prisma/client with what `prisma generate` (7.10) writes for schema.prisma into internal/class.ts, kept in
// generated.json: its versions, schema, data model and parameter graph.
import { readFileSync } from "node:fs";
import type { PrismaPg } from "@prisma/adapter-pg";
import { getPrismaClient } from "@prisma/client/runtime/client";

/** The part of the generated client that the test uses. */
export interface ItemClient {
  item: {
    create(input: { data: { name: string } }): Promise<{ id: number; name: string }>;
    count(): Promise<number>;
  };
  $transaction<T>(run: (client: ItemClient) => Promise<T>): Promise<T>;
  $disconnect(): Promise<void>;
}

const generated = JSON.parse(readFileSync(new URL("./generated.json", import.meta.url), "utf8"));

// Not literals: these modules have no types.
const compiler = "@prisma/client/runtime/query_compiler_fast_bg.postgresql";
const { Module } = (globalThis as unknown as { WebAssembly: { Module: new (code: Buffer) => object } })
  .WebAssembly;

/** A Prisma client on the adapter. */
export function createPrismaClient(adapter: PrismaPg): ItemClient {
  const compilerWasm = {
    getRuntime: () => import(`${compiler}.mjs`),
    async getQueryCompilerWasmModule() {
      const { wasm } = await import(`${compiler}.wasm-base64.mjs`);
      return new Module(Buffer.from(wasm, "base64"));
    },
    importName: "./query_compiler_fast_bg.js",
  };
  const PrismaClient = getPrismaClient({ ...generated, compilerWasm } as never) as unknown as new (options: {
    adapter: PrismaPg;
  }) => ItemClient;
  return new PrismaClient({ adapter });
}
