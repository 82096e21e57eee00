// The parsing of the startup phase: known packets, and properties over arbitrary bytes.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BackendKeyReader,
  encodeCancel,
  encodeFatal,
  encodeNegotiation,
  encodeStartup,
  MAX_STARTUP_BYTES,
  type Parameters,
  parameter,
  parsePassword,
  parseStartupPacket,
  passwordBodyLength,
  startupBodyLength,
  WireError,
} from "../../../local/postgres/wire.ts";
import { errorFields, message } from "./support.ts";

const text = fc.string({ unit: "grapheme", maxLength: 40 }).filter((value) => !value.includes("\0"));
const name = text.filter((value) => value !== "" && !value.startsWith("_pq_."));
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

/** Runs a parser that may refuse, and in no other way than with a {@link WireError}. */
function parsed<T>(parse: () => T): T | WireError {
  try {
    return parse();
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
}

describe("startup packets", () => {
  test("what is encoded is parsed back", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, text)), (parameters: Parameters) => {
        const packet = encodeStartup(parameters);
        fc.pre(packet.length <= MAX_STARTUP_BYTES);
        expect(startupBodyLength(packet.subarray(0, 4))).toBe(packet.length - 4);
        expect(parseStartupPacket(packet.subarray(4))).toEqual({ kind: "startup", minor: 0, parameters });
      }),
    );
  });

  test("arbitrary bytes are parsed or refused with a code, never anything else", () => {
    const versions = [0, 3 << 16, (3 << 16) | 2, 2 << 16, 80_877_102, 80_877_103, 80_877_104];
    const likely = fc.tuple(fc.constantFrom(...versions), bytes(200)).map(([version, rest]) => {
      const head = Buffer.alloc(4);
      head.writeInt32BE(version);
      return Buffer.concat([head, rest]);
    });
    fc.assert(
      fc.property(fc.oneof(bytes(300), likely), (body) => {
        const packet = parsed(() => parseStartupPacket(body));
        if (packet instanceof WireError) expect(packet.code).toMatch(/^[0-9A-Z]{5}$/);
        else expect(["ssl", "gssenc", "cancel", "startup"]).toContain(packet.kind);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a packet cut off anywhere is refused", () => {
    const whole = encodeStartup([
      ["user", "someone"],
      ["database", "postgres"],
    ]).subarray(4);
    for (let length = 0; length < whole.length; length++) {
      expect(parsed(() => parseStartupPacket(whole.subarray(0, length)))).toMatchObject({
        code: expect.any(String),
      });
    }
  });

  test("only lengths that PostgreSQL takes are taken", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (length) => {
        const header = Buffer.alloc(4);
        header.writeInt32BE(length);
        const allowed = length >= 8 && length <= 10_000;
        expect(parsed(() => startupBodyLength(header))).toEqual(allowed ? length - 4 : expect.any(WireError));
      }),
    );
    for (const length of [7, 8, 10_000, 10_001]) {
      const header = Buffer.alloc(4);
      header.writeInt32BE(length);
      const refused = parsed(() => startupBodyLength(header)) instanceof WireError;
      expect([length, refused]).toEqual([length, length === 7 || length === 10_001]);
    }
  });

  test("of a repeated parameter the last counts", () => {
    expect(
      parameter(
        [
          ["user", "a"],
          ["user", "b"],
        ],
        "user",
      ),
    ).toBe("b");
  });

  test("options of a later protocol are named to the client and kept from the server", () => {
    const parameters: Parameters = [
      ["user", "a"],
      ["_pq_.x", "1"],
    ];
    expect(encodeNegotiation(0, parameters).toString("latin1")).toContain("_pq_.x\0");
    expect(encodeNegotiation(0, [["user", "a"]])).toHaveLength(0);
    expect(encodeStartup(parameters)).toEqual(encodeStartup([["user", "a"]]));
  });

  test("a cancellation's key survives the way through", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (key) => {
        const packet = encodeCancel(Buffer.from(key).toString("hex"));
        expect(parseStartupPacket(packet.subarray(4))).toEqual({
          kind: "cancel",
          key: Buffer.from(key).toString("hex"),
        });
      }),
    );
  });
});

describe("passwords", () => {
  test("what is sent is parsed back, at most 64 kB of it", () => {
    fc.assert(
      fc.property(text, (password) => {
        const sent = message("p", Buffer.from(`${password}\0`));
        expect(passwordBodyLength(sent.subarray(0, 5))).toBe(sent.length - 5);
        const received = parsed(() => parsePassword(sent.subarray(5)));
        if (password === "") expect(received).toMatchObject({ code: "28P01" });
        else expect(received).toBe(password);
      }),
    );
  });

  test("arbitrary bytes are parsed or refused", () => {
    fc.assert(
      fc.property(bytes(20), bytes(100), (header, body) => {
        for (const result of [parsed(() => passwordBodyLength(header)), parsed(() => parsePassword(body))]) {
          if (result instanceof WireError) expect(result.code).toMatch(/^(08P01|28P01)$/);
          else expect(result).toEqual(typeof result === "number" ? expect.any(Number) : expect.any(String));
        }
      }),
    );
  });
});

describe("what the server says", () => {
  const key = message("K", Buffer.from("0000002a0000002b", "hex"));
  const before = Buffer.concat([message("R", Buffer.alloc(4)), message("S", Buffer.from("TimeZone\0UTC\0"))]);
  const after = message("Z", Buffer.from("I"));

  test("the cancellation key is found, however the bytes are cut", () => {
    const stream = Buffer.concat([before, key, after, Buffer.alloc(50, 1)]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sizes) => {
        const reader = new BackendKeyReader();
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          reader.push(stream.subarray(at, at + size));
          at += size;
        }
        expect(reader).toMatchObject({ done: true, key: "0000002a0000002b" });
      }),
    );
  });

  test.each([
    ["ready without a key", Buffer.concat([before, after, key])],
    ["an error", Buffer.concat([message("E", Buffer.from("SFATAL\0\0")), key])],
  ])("%s ends the search", (_, stream) => {
    const reader = new BackendKeyReader();
    reader.push(stream);
    expect(reader).toMatchObject({ done: true, key: undefined });
  });

  test("arbitrary bytes never make it throw, or hold on to more than a message", () => {
    fc.assert(
      fc.property(fc.array(bytes(200), { maxLength: 20 }), (chunks) => {
        const reader = new BackendKeyReader();
        for (const chunk of chunks) reader.push(chunk);
        expect(reader.key === undefined || reader.done).toBe(true);
      }),
    );
  });
});

test("an error carries code, message and detail, and its text cannot break out of its field", () => {
  const bytesSent = encodeFatal(new WireError("28P01", 'user "a\0Mother"', "more"));
  expect(errorFields(bytesSent)).toEqual({
    S: "FATAL",
    V: "FATAL",
    C: "28P01",
    M: 'user "aMother"',
    D: "more",
  });
  expect(bytesSent.readInt32BE(1)).toBe(bytesSent.length - 1);
});
