/** Escape sequences of CSI, or what is left of one at the end of a piece. */
// oxlint-disable-next-line no-control-regex
const SEQUENCE = /^\u001b\[([?\d;]*)([A-Za-z])/;

/** What a terminal shows to whoever sits before it, and what has left it at the top. */
export class Screen {
  readonly #columns: number;
  readonly #rows: number;
  #left: string[] = [];
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;
  #rest = '';

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
  }

  /** What is to be seen now. */
  get text(): string {
    return this.#lines.map(joined).join('\n');
  }
  /** Everything that was ever to be seen, and was not overwritten. */
  get transcript(): string {
    return [...this.#left, this.text].join('\n');
  }

  write(piece: string): void {
    let text = this.#rest + piece;
    this.#rest = '';
    while (text !== '') {
      if (text.startsWith('\u001b')) {
        const sequence = SEQUENCE.exec(text);
        if (!sequence) {
          this.#rest = text;
          return;
        }
        this.#control(sequence[2] ?? '', sequence[1] ?? '');
        text = text.slice(sequence[0].length);
      } else {
        const [character = ''] = text;
        this.#put(character);
        text = text.slice(character.length);
      }
    }
  }

  #put(character: string): void {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') this.#down();
    else if (character >= ' ') {
      if (this.#column === this.#columns) {
        this.#column = 0;
        this.#down();
      }
      this.#line[this.#column] = character;
      this.#column += 1;
    }
  }

  #down(): void {
    this.#row += 1;
    if (this.#row === this.#rows) {
      this.#left.push(joined(this.#lines.shift() ?? []));
      this.#row -= 1;
    }
    this.#lines[this.#row] ??= [];
  }

  get #line(): string[] {
    return (this.#lines[this.#row] ??= []);
  }

  #control(what: string, given: string): void {
    const count = Number(given) || 1;
    const act: Readonly<Record<string, () => void>> = {
      A: () => (this.#row = Math.max(0, this.#row - count)),
      B: () => this.#to(this.#row + count),
      C: () => (this.#column = Math.min(this.#columns - 1, this.#column + count)),
      D: () => (this.#column = Math.max(0, this.#column - count)),
      G: () => (this.#column = count - 1),
      J: () => {
        this.#line.length = Math.min(this.#line.length, this.#column);
        this.#lines.length = this.#row + 1;
      },
      K: () => {
        if (given === '2') this.#line.fill(' ');
        else this.#line.length = Math.min(this.#line.length, this.#column);
      },
      m: () => {},
      h: () => {},
      l: () => {},
    };
    if (!act[what]) throw new Error(`the screen of this test does not know CSI ${given}${what}`);
    act[what]();
  }

  #to(row: number): void {
    this.#row = Math.min(this.#rows - 1, row);
    for (let at = this.#lines.length; at <= this.#row; at += 1) this.#lines[at] = [];
  }
}

const joined = (line: readonly string[]): string =>
  Array.from(line, (character) => character ?? ' ')
    .join('')
    .trimEnd();
