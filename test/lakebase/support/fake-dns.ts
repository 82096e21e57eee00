// A DNS server on the loopback interface that knows a few names, for the resolver that asks servers directly.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";

/** A running DNS server. */
export interface FakeDns extends AsyncDisposable {
  /** As `address:port`. */
  server: string;
  /** Names that were asked for. */
  asked: string[];
}

function readName(packet: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = packet[at] ?? 0; length > 0; length = packet[at] ?? 0) {
    labels.push(packet.subarray(at + 1, at + 1 + length).toString());
    at += length + 1;
  }
  return { name: labels.join("."), end: at + 1 };
}

function addressBytes(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail = ""] = address.split("::");
  const groups = (part: string) =>
    part
      .split(":")
      .filter(Boolean)
      .map((group) => Number.parseInt(group, 16));
  const front = groups(head);
  const back = groups(tail);
  const all = [...front, ...Array(8 - front.length - back.length).fill(0), ...back];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
}

function answer(query: Buffer, addresses: string[] | undefined): Buffer {
  const { end } = readName(query);
  const question = query.subarray(12, end + 4);
  const wantsV6 = query.readUInt16BE(end) === 28;
  const found = (addresses ?? []).filter((address) => isIPv6(address) === wantsV6).map(addressBytes);
  const header = Buffer.from(query.subarray(0, 12));
  // Response, recursion available; NXDOMAIN for a name that is not known at all.
  header.writeUInt16BE(addresses === undefined ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(found.length, 6);
  header.fill(0, 8);
  const records = found.map((bytes) =>
    Buffer.concat([Buffer.from([0xc0, 12, 0, wantsV6 ? 28 : 1, 0, 1, 0, 0, 0, 60, 0, bytes.length]), bytes]),
  );
  return Buffer.concat([header, question, ...records]);
}

/** Starts a server that answers for these names; with `silent` it never answers. */
export async function startFakeDns(names: Record<string, string[]>, silent = false): Promise<FakeDns> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (query, { port, address }) => {
    const { name } = readName(query);
    asked.push(name);
    if (!silent) socket.send(answer(query, names[name.toLowerCase()]), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    server: `127.0.0.1:${socket.address().port}`,
    asked,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}
