#!/usr/bin/env node
// Entry point of the `pulumi-lakebase` command.
import { main } from "./main.ts";

process.exitCode = await main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  env: process.env,
  cwd: process.cwd(),
  terminal: process.stdout.isTTY ? { columns: () => process.stdout.columns } : undefined,
});
