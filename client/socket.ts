// The TCP socket of a connection: pg keeps the host name for TLS, the address is found our way.
import { Socket, type SocketConnectOpts } from "node:net";
import type { Address } from "../lakebase/connection/index.ts";

/** Finds the addresses of a host, in the order to try. */
export type FindAddresses = (host: string) => Promise<readonly Address[]>;

type Found = (error: Error | null, address: string | Address[], family?: number) => void;

/** A socket that connects to the addresses that `find` gives for the host name. */
export class ResolvingSocket extends Socket {
  readonly #find: FindAddresses;

  constructor(find: FindAddresses) {
    super();
    this.#find = find;
  }

  override connect(...parameters: unknown[]): this {
    const [port, host] = parameters;
    if (typeof port !== "number" || typeof host !== "string") {
      return super.connect(...(parameters as [SocketConnectOpts]));
    }
    return super.connect({
      port,
      host,
      lookup: (name, options, found) => this.#lookUp(name, options, found),
    });
  }

  #lookUp(host: string, options: { all?: boolean | undefined }, found: Found): void {
    this.#find(host).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all) found(null, [...addresses]);
        else found(null, first?.address ?? "", first?.family);
      },
      (error: Error) => found(error, ""),
    );
  }
}
