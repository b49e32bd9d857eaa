import { once } from 'node:events';
import { styleText } from 'node:util';

type Look = Parameters<typeof styleText>[0];

export interface Streams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly errors: NodeJS.WriteStream;
}

/** Where a command writes. With `json`, standard output holds JSON and nothing else. */
export class Terminal {
  readonly json: boolean;
  readonly #streams: Streams;

  constructor(streams: Streams, json: boolean) {
    this.#streams = streams;
    this.json = json;
  }

  /** Whether somebody looks on and can answer. */
  get isInteractive(): boolean {
    const { input, output } = this.#streams;
    return !this.json && input.isTTY && output.isTTY;
  }
  /** Whether it was said by hand, and what is written goes to another program: nobody is asked, and it is no script either. */
  get isPiped(): boolean {
    const { input, output } = this.#streams;
    return !this.json && input.isTTY && !output.isTTY;
  }
  get isLive(): boolean {
    return !this.json && this.#streams.output.isTTY;
  }
  /** Infinity where it is no terminal: whatever reads it then is to have all of it. */
  get columns(): number {
    return this.#streams.output.isTTY ? this.#streams.output.columns || 80 : Infinity;
  }
  get rows(): number {
    return this.#streams.output.isTTY ? this.#streams.output.rows || 24 : 50;
  }
  get input(): NodeJS.ReadStream {
    return this.#streams.input;
  }
  get output(): NodeJS.WriteStream {
    return this.#streams.output;
  }

  /** `to`: where the text goes. */
  style(look: Look, text: string, to: 'output' | 'errors' = 'output'): string {
    return styleText(look, text, { stream: this.#streams[to] });
  }

  lines(lines: readonly string[]): void {
    if (lines.length > 0) this.write(`${lines.join('\n')}\n`);
  }
  write(text: string): void {
    this.#streams.output.write(text);
  }
  /** Pieces as they come, no faster than they are taken. */
  async stream(pieces: AsyncIterable<string>): Promise<void> {
    const { output } = this.#streams;
    for await (const piece of pieces) if (!output.write(piece)) await once(output, 'drain');
  }
  /** Goes to standard error, so that it is no part of the answer. */
  note(text: string): void {
    this.#streams.errors.write(`${text}\n`);
  }

  /** The answer of a command: the value, or what people read instead. */
  answer(value: unknown, people: () => readonly string[]): void {
    if (this.json) this.write(`${JSON.stringify(value, null, 2)}\n`);
    else this.lines(people());
  }
  /** One line of NDJSON. */
  record(value: unknown): void {
    this.write(`${JSON.stringify(value)}\n`);
  }
}
