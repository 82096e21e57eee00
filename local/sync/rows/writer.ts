// A growing buffer of bytes in network order.

/** Appends values to a buffer that grows as needed. */
export class ByteWriter {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  int16(value: number): void {
    this.reserve(2);
    this.view.setInt16(this.length, value);
    this.length += 2;
  }

  int32(value: number): void {
    this.reserve(4);
    this.view.setInt32(this.length, value);
    this.length += 4;
  }

  /** A length of 8 and the value. */
  int64Field(value: bigint): void {
    this.reserve(12);
    this.view.setInt32(this.length, 8);
    this.view.setBigInt64(this.length + 4, value);
    this.length += 12;
  }

  /** A length of 4 and the value. */
  int32Field(value: number): void {
    this.reserve(8);
    this.view.setInt32(this.length, 4);
    this.view.setInt32(this.length + 4, value);
    this.length += 8;
  }

  append(source: Uint8Array): void {
    const { length } = source;
    this.reserve(length);
    // A call costs more than a few bytes copied one by one.
    if (length < 24) {
      const { bytes } = this;
      for (let index = 0, at = this.length; index < length; index++, at++)
        bytes[at] = source[index] as number;
    } else this.bytes.set(source, this.length);
    this.length += length;
  }

  /** What was written, as a view that the next write may overwrite. */
  written(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }
}
