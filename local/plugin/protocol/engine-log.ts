// Messages to the person at the terminal, through the engine.

import * as grpc from "@grpc/grpc-js";
import { enginePb, engineService } from "./messages.ts";

/** Sends log messages to the engine; silently does nothing without one. */
export class EngineLog {
  #client: InstanceType<typeof engineService.EngineClient> | undefined;

  /** Connects to the engine at that address. */
  connect(address: string): void {
    this.#client?.close();
    this.#client = address
      ? new engineService.EngineClient(address, grpc.credentials.createInsecure())
      : undefined;
  }

  /** Shows an informational message; a message lost is no reason to fail a deployment. */
  async info(message: string): Promise<void> {
    const client = this.#client;
    if (!client) return;
    const request = new enginePb.LogRequest();
    request.setSeverity(enginePb.LogSeverity.INFO);
    request.setMessage(message);
    await new Promise<void>((resolve) => {
      client.log(request, new grpc.Metadata(), { deadline: Date.now() + 2000 }, () => resolve());
    });
  }

  /** Ends the connection. */
  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }
}
