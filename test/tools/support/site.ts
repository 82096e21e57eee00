// Web sites on this machine: one that answers, and an address where nothing does.
import http from "node:http";
import type { AddressInfo } from "node:net";

/** A site that answers everything with an empty page. */
export async function openSite(): Promise<AsyncDisposable & { url: string }> {
  const server = http.createServer((_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { url, [Symbol.asyncDispose]: close };
}

/** An address where nothing listens. */
export async function closedSite(): Promise<string> {
  const site = await openSite();
  await site[Symbol.asyncDispose]();
  return site.url;
}
