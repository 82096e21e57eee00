// Single values as fields of PostgreSQL's binary COPY: a length and the bytes that the type's receive function takes.
import type { DeltaType } from "../delta/schema.ts";
import { jsonConverter, NulCharacterError } from "./json.ts";
import { unscaledOf, writeNumeric } from "./numeric.ts";
import type { ByteWriter } from "./writer.ts";

/** Appends one value that is not NULL. */
export type WriteField = (writer: ByteWriter, value: unknown) => void;

/** PostgreSQL counts from 2000-01-01. */
const epochDays = 10_957;
const epochMicros = 946_684_800_000_000n;
/** Of the binary form of JSONB. */
const jsonbVersion = 1;

/** The writer for values of a type. */
export function fieldWriter(type: DeltaType): WriteField {
  switch (type.kind) {
    case "long":
      return (writer, value) =>
        writer.int64Field(typeof value === "bigint" ? value : BigInt(value as number));
    case "integer":
      return (writer, value) => writer.int32Field(value as number);
    case "short":
    case "byte":
      return writeSmallint;
    case "float":
      return writeReal;
    case "double":
      return writeDouble;
    case "boolean":
      return writeBoolean;
    case "string":
      return writeText;
    case "binary":
      return writeBytes;
    case "date":
      return (writer, value) => writer.int32Field((value as number) - epochDays);
    case "timestamp":
    case "timestamp_ntz":
      return (writer, value) => writer.int64Field((value as bigint) - epochMicros);
    case "decimal":
      return (writer, value) => writeNumeric(writer, unscaledOf(value), type.scale);
    case "array":
    case "map":
    case "struct":
      return jsonbWriter(type);
    case "unsupported":
      throw new Error(`values of the type ${type.name} cannot be written`);
  }
}

const writeSmallint: WriteField = (writer, value) => {
  writer.int32(2);
  writer.int16(value as number);
};

const writeReal: WriteField = (writer, value) => {
  writer.reserve(8);
  writer.view.setInt32(writer.length, 4);
  writer.view.setFloat32(writer.length + 4, value as number);
  writer.length += 8;
};

const writeDouble: WriteField = (writer, value) => {
  writer.reserve(12);
  writer.view.setInt32(writer.length, 8);
  writer.view.setFloat64(writer.length + 4, value as number);
  writer.length += 12;
};

const writeBoolean: WriteField = (writer, value) => {
  writer.reserve(5);
  writer.view.setInt32(writer.length, 1);
  writer.view.setUint8(writer.length + 4, value ? 1 : 0);
  writer.length += 5;
};

const writeText: WriteField = (writer, value) => {
  const bytes = value as Uint8Array;
  if (bytes.includes(0)) throw new NulCharacterError();
  writeBytes(writer, bytes);
};

const writeBytes: WriteField = (writer, value) => {
  const bytes = value as Uint8Array;
  writer.int32(bytes.length);
  writer.append(bytes);
};

function jsonbWriter(type: DeltaType): WriteField {
  const convert = jsonConverter(type);
  const encoder = new TextEncoder();
  return (writer, value) => {
    const bytes = encoder.encode(convert(value));
    writer.int32(bytes.length + 1);
    writer.reserve(1);
    writer.view.setUint8(writer.length++, jsonbVersion);
    writer.append(bytes);
  };
}
