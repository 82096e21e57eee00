// The startup phase of PostgreSQL's wire protocol, as pure functions: nothing after the login is parsed.

/** Longest startup packet, as in PostgreSQL. */
export const MAX_STARTUP_BYTES = 10_000;
/** Longest password message; an OAuth token takes a few kilobytes. */
const MAX_PASSWORD_BYTES = 65_536;

const PROTOCOL_3_0 = 3 << 16;
const CANCEL_REQUEST = 80_877_102;
const SSL_REQUEST = 80_877_103;
const GSSENC_REQUEST = 80_877_104;

/** A refusal as PostgreSQL words it. */
export class WireError extends Error {
  readonly code: string;
  readonly detail: string | undefined;

  constructor(code: string, message: string, detail?: string) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

/** Name and value pairs of a startup message, in the client's order. */
export type Parameters = [name: string, value: string][];

/** What a client may begin with. */
export type StartupPacket =
  | { kind: "ssl" }
  | { kind: "gssenc" }
  | { kind: "cancel"; key: string }
  | { kind: "startup"; minor: number; parameters: Parameters };

/** Checks the length word of a startup packet; returns the number of bytes that follow it. */
export function startupBodyLength(header: Buffer): number {
  const length = header.length === 4 ? header.readInt32BE(0) : 0;
  if (length < 8 || length > MAX_STARTUP_BYTES) {
    throw new WireError("08P01", "invalid length of startup packet");
  }
  return length - 4;
}

/** Parses a startup packet without its length word. */
export function parseStartupPacket(body: Buffer): StartupPacket {
  if (body.length < 4) throw new WireError("08P01", "invalid length of startup packet");
  const version = body.readInt32BE(0);
  if (version === SSL_REQUEST || version === GSSENC_REQUEST) {
    if (body.length !== 4) throw new WireError("08P01", "invalid length of startup packet");
    return { kind: version === SSL_REQUEST ? "ssl" : "gssenc" };
  }
  if (version === CANCEL_REQUEST) {
    if (body.length !== 12) throw new WireError("08P01", "invalid length of cancel request");
    return { kind: "cancel", key: body.toString("hex", 4) };
  }
  const [major, minor] = [version >>> 16, version & 0xffff];
  if (major !== 3) {
    throw new WireError(
      "0A000",
      `unsupported frontend protocol ${major}.${minor}: server supports 3.0 to 3.0`,
    );
  }
  return { kind: "startup", minor, parameters: parseParameters(body.subarray(4)) };
}

function parseParameters(bytes: Buffer): Parameters {
  const invalid = () =>
    new WireError("08P01", "invalid startup packet layout: expected terminator as last byte");
  if (bytes.length === 0 || bytes[bytes.length - 1] !== 0) throw invalid();
  const strings = bytes.toString("utf8", 0, bytes.length - 1).split("\0");
  // Each string ends with a zero byte, and an empty name ends the list: the last of the split is always empty.
  if (strings.pop() !== "" || strings.length % 2 !== 0) throw invalid();
  const parameters: Parameters = [];
  for (let index = 0; index < strings.length; index += 2) {
    if (strings[index] === "") throw invalid();
    parameters.push([strings[index]!, strings[index + 1]!]);
  }
  return parameters;
}

/** The value that counts where a parameter comes more than once. */
export function parameter(parameters: Parameters, name: string): string | undefined {
  return parameters.findLast(([key]) => key === name)?.[1];
}

/** Checks the type and length of a password message; returns the number of bytes that follow. */
export function passwordBodyLength(header: Buffer): number {
  if (header.length !== 5 || header[0] !== 0x70) {
    throw new WireError("08P01", "expected password response");
  }
  const length = header.readInt32BE(1);
  if (length < 5 || length > MAX_PASSWORD_BYTES) throw new WireError("08P01", "invalid password packet size");
  return length - 4;
}

/** Parses a password message without type and length. */
export function parsePassword(body: Buffer): string {
  if (body.length === 0 || body.indexOf(0) !== body.length - 1) {
    throw new WireError("08P01", "invalid password packet size");
  }
  if (body.length === 1) throw new WireError("28P01", "empty password returned by client");
  return body.toString("utf8", 0, body.length - 1);
}

/** ErrorResponse, always FATAL: a refused client is disconnected. */
export function encodeFatal(error: WireError): Buffer {
  const fields = [`SFATAL`, `VFATAL`, `C${error.code}`, `M${error.message}`];
  if (error.detail !== undefined) fields.push(`D${error.detail}`);
  return message("E", Buffer.from(`${fields.map((field) => field.replaceAll("\0", "")).join("\0")}\0\0`));
}

/** AuthenticationCleartextPassword: the password is a token, and TLS protects it. */
export function encodePasswordRequest(): Buffer {
  return message("R", int32(3));
}

/** NegotiateProtocolVersion; nothing where the client asks for nothing beyond protocol 3.0. */
export function encodeNegotiation(minor: number, parameters: Parameters): Buffer {
  const options = parameters.map(([name]) => name).filter((name) => name.startsWith("_pq_."));
  if (minor === 0 && options.length === 0) return Buffer.alloc(0);
  const names = Buffer.from(options.map((name) => `${name}\0`).join(""));
  return message("v", Buffer.concat([int32(PROTOCOL_3_0), int32(options.length), names]));
}

/** The startup message for the server: protocol 3.0, without the options that were negotiated away. */
export function encodeStartup(parameters: Parameters): Buffer {
  const text = parameters
    .filter(([name]) => !name.startsWith("_pq_."))
    .map(([name, value]) => `${name}\0${value}\0`)
    .join("");
  const body = Buffer.concat([int32(PROTOCOL_3_0), Buffer.from(`${text}\0`)]);
  return Buffer.concat([int32(body.length + 4), body]);
}

/** CancelRequest with the key of {@link StartupPacket} or {@link BackendKeyReader}. */
export function encodeCancel(key: string): Buffer {
  return Buffer.concat([int32(16), int32(CANCEL_REQUEST), Buffer.from(key, "hex")]);
}

/**
 * Finds the session's cancellation key in what a server sends until it is ready for queries.
 * Fed with chunks as they come; done when `done` is true, whether or not there was a key.
 */
export class BackendKeyReader {
  key: string | undefined;
  done = false;
  #pending: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    if (this.done) return;
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (!this.done && rest.length >= 5) {
      const length = rest.readInt32BE(1);
      // Nothing of the startup phase is long: whatever else comes is not for this reader.
      if (length < 4 || length > MAX_PASSWORD_BYTES) this.done = true;
      if (this.done || rest.length < length + 1) break;
      if (rest[0] === 0x4b && length === 12) this.key = rest.toString("hex", 5, 13);
      this.done = this.key !== undefined || rest[0] === 0x5a || rest[0] === 0x45;
      rest = rest.subarray(length + 1);
    }
    this.#pending = this.done ? Buffer.alloc(0) : rest;
  }
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
