// The floor of any gateway in Node: TLS towards the client, and bytes handed on to PostgreSQL's socket. No login, no
// routing, no cancellation. Prints its port. Run as a process of its own.
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { TLSSocket } from "node:tls";

const [certFile = "", keyFile = "", postgresSocket = ""] = process.argv.slice(2);
const certificate = { cert: readFileSync(certFile), key: readFileSync(keyFile) };

const server = createServer({ noDelay: true }, (socket) => {
  // The request for encryption, always the same eight bytes.
  socket.once("readable", () => {
    socket.read(8);
    socket.write("S");
    const client = new TLSSocket(socket, { isServer: true, ...certificate });
    const postgres = connect(postgresSocket);
    for (const end of [client, postgres]) end.on("error", () => {});
    client.on("close", () => postgres.destroy());
    postgres.on("close", () => client.destroy());
    client.pipe(postgres).pipe(client);
  });
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
process.on("SIGTERM", () => process.exit(0));
