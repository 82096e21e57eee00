// Serves the plugin over gRPC on a free loopback port.

import * as grpc from "@grpc/grpc-js";
import { type Clock, systemClock } from "./clock.ts";
import type { Surroundings } from "./connection/settings.ts";
import { Plugin } from "./plugin.ts";
import { providerService } from "./protocol/messages.ts";
import { implementation } from "./protocol/service.ts";

/** What a plugin server can be started with. */
export interface PluginServerOptions {
  /** Address of the engine; empty when the engine will attach. */
  engineAddress?: string;
  clock?: Clock;
  surroundings?: Surroundings;
}

/** A running plugin server. */
export interface PluginServer {
  readonly port: number;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

// A stack's inputs may be large: no limit of our own.
const OPTIONS = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** Starts the server. */
export async function startPluginServer(options: PluginServerOptions = {}): Promise<PluginServer> {
  const { engineAddress = "", clock = systemClock, surroundings = { environment: process.env } } = options;
  const plugin = new Plugin(clock, surroundings);
  plugin.attach(engineAddress);
  const server = new grpc.Server(OPTIONS);
  server.addService(providerService.ResourceProviderService, implementation(plugin));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  const close = async () => {
    plugin.close();
    server.forceShutdown();
  };
  return { port, close, [Symbol.asyncDispose]: close };
}
