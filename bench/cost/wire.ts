/** What is asked of a PostgreSQL, counted where it passes: its messages are a letter, a length, and the rest. */
export class Wire {
  statements = 0;
  trips = 0;
  bytes = 0;
  /** What has come of a message that is not whole yet, by connection. */
  readonly #begun = new Map<object, Buffer>();

  reset(): void {
    this.statements = this.trips = this.bytes = 0;
  }

  take(piece: Buffer, connection: object): void {
    this.bytes += piece.length;
    const before = this.#begun.get(connection);
    const all = before ? Buffer.concat([before, piece]) : piece;
    let at = before ? 0 : skipStart(all);
    while (at + 5 <= all.length && at + 1 + all.readInt32BE(at + 1) <= all.length) {
      const letter = String.fromCharCode(all[at] ?? 0);
      if (letter === 'E' || letter === 'Q') this.statements += 1;
      if (letter === 'S' || letter === 'Q') this.trips += 1;
      at += 1 + all.readInt32BE(at + 1);
    }
    this.#begun.set(connection, all.subarray(at));
  }
}

/** The first message of a connection has no letter. */
const skipStart = (first: Buffer): number => (first[0] === 0 ? first.readInt32BE(0) : 0);
