/**
 * Arrays as PostgreSQL sends them itself. JSON in the text form of an array would be escaped sign by sign, there and back.
 */
const TYPES = { bool: 16, bytea: 17, int8: 20, int4: 23, text: 25 } as const;
const HEADER = 20;
const EMPTY = 12;

type Nullable<Value> = readonly (Value | null)[];

export const texts = (values: Nullable<string>): Buffer => {
  const lengths = values.map((value) => (value === null ? 0 : Buffer.byteLength(value)));
  return array(TYPES.text, values, lengths, (buffer, at, value) => void buffer.write(value, at));
};

export const bytes = (values: Nullable<Uint8Array>): Buffer => {
  const lengths = values.map((value) => value?.length ?? 0);
  return array(TYPES.bytea, values, lengths, (buffer, at, value) => buffer.set(value, at));
};

/** Whole numbers that JavaScript holds exactly. */
export const longs = (values: Nullable<number>): Buffer =>
  array(TYPES.int8, values, sizes(values, 8), (buffer, at, value) => {
    buffer.writeInt32BE(Math.floor(value / 2 ** 32), at);
    buffer.writeUInt32BE(value - Math.floor(value / 2 ** 32) * 2 ** 32, at + 4);
  });

export const integers = (values: Nullable<number>): Buffer =>
  array(TYPES.int4, values, sizes(values, 4), (buffer, at, value) => void buffer.writeInt32BE(value, at));

export const booleans = (values: readonly boolean[]): Buffer =>
  array(
    TYPES.bool,
    values,
    sizes(values, 1),
    (buffer, at, value) => void buffer.writeInt8(value ? 1 : 0, at),
  );

const sizes = (values: readonly unknown[], size: number): number[] =>
  values.map((value) => (value === null ? 0 : size));

function array<Value>(
  type: number,
  values: Nullable<Value>,
  lengths: readonly number[],
  write: (buffer: Buffer, at: number, value: Value) => void,
): Buffer {
  const dimensions = values.length === 0 ? 0 : 1;
  let size = dimensions === 0 ? EMPTY : HEADER;
  for (const length of lengths) size += 4 + length;
  const buffer = Buffer.allocUnsafe(size);
  buffer.writeInt32BE(dimensions, 0);
  buffer.writeInt32BE(values.includes(null) ? 1 : 0, 4);
  buffer.writeInt32BE(type, 8);
  if (dimensions === 0) return buffer;
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16);
  let at = HEADER;
  values.forEach((value, index) => {
    const length = lengths[index]!;
    buffer.writeInt32BE(value === null ? -1 : length, at);
    if (value !== null) write(buffer, at + 4, value);
    at += 4 + length;
  });
  return buffer;
}
