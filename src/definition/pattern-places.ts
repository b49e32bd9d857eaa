/** A set of places in a program that the reading of a text can be at, with no place twice. */
export class Places {
  readonly list: Int32Array;
  /** The round in which a place was last added. Rounds never come again, however much is read: they need more than 32 bits. */
  readonly #marks: Float64Array;
  #round = 1;
  count = 0;

  constructor(size: number) {
    this.list = new Int32Array(size);
    this.#marks = new Float64Array(size);
  }

  clear(): void {
    this.count = 0;
    this.#round++;
  }

  /** False where the place is already in. */
  add(place: number): boolean {
    if (this.#marks[place] === this.#round) return false;
    this.#marks[place] = this.#round;
    this.list[this.count++] = place;
    return true;
  }
}
