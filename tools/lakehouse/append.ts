// Appends rows to a Delta table from the command line: node tools/lakehouse/append.ts <table folder> '<JSON row>'…
import { SyncError } from "../../local/sync/index.ts";
import { appendRows, type Row } from "./append-rows.ts";

process.exitCode = await main(process.argv.slice(2));

async function main([tableDir, ...texts]: string[]): Promise<number> {
  if (tableDir === undefined || texts.length === 0) {
    console.error("usage: node tools/lakehouse/append.ts <table folder> '{\"column\": value, …}' …");
    return 2;
  }
  try {
    const rows = texts.map(parseRow);
    const version = await appendRows(tableDir, rows);
    console.log(`${tableDir}: version ${version}, ${rows.length} rows added`);
    return 0;
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    console.error(`error: ${error.message}`);
    return 1;
  }
}

function parseRow(text: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SyncError(`${text} is not a JSON object: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new SyncError(`${text} is not a JSON object: a row is written as {"column": value, …}`);
  return value as Row;
}
