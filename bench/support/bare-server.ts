// The floor of the REST API: a bare node:http server that returns the same bytes; `--durable` first writes the
// request's body into SQLite as safely as the workspace does. Prints its port. Run as a process of its own.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";

const [input = "{}", durableFile] = process.argv.slice(2);
const { headers, body } = JSON.parse(input) as { headers: Record<string, string>; body: string };

const write = durableFile === undefined ? undefined : openStore(durableFile);

const server = createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => {
    text += chunk;
  });
  request.on("end", () => {
    write?.(text);
    response.writeHead(200, headers);
    response.end(body);
  });
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
process.on("SIGTERM", () => process.exit(0));

function openStore(file: string): (text: string) => void {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  database.exec("CREATE TABLE documents (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT");
  const upsert = database.prepare(
    "INSERT INTO documents VALUES ('key', ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body",
  );
  return (text) => void upsert.run(text);
}
