import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { ROOT } from './cli-kit.ts';
import { Screen } from './main-job-screen.ts';

/** Gives a program a terminal of its own, and stands between that and this process. */
const BETWEEN = `
import fcntl, os, pty, struct, sys, termios, threading
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', int(sys.argv[1]), int(sys.argv[2]), 0, 0))
    os.execvp(sys.argv[3], sys.argv[3:])
def keys():
    while True:
        pressed = os.read(0, 4096)
        if not pressed:
            return
        os.write(terminal, pressed)
threading.Thread(target=keys, daemon=True).start()
while True:
    try:
        shown = os.read(terminal, 65536)
    except OSError:
        break
    if not shown:
        break
    os.write(1, shown)
os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
`;

const isThere =
  spawnSync('python3', ['-c', 'import pty, sys; sys.exit(sys.version_info < (3, 9))']).status === 0;
/** Why nothing can be shown in a terminal here; in CI it must be possible. */
export const noTerminal: string | false =
  isThere || process.env['CI']
    ? false
    : 'python3 (3.9 or newer), which gives a program a terminal, is not here';

export const KEYS = { enter: '\r', space: ' ', down: '\u001b[B', interrupt: '\u0003' } as const;

/** A program in a terminal of 80 columns and 24 rows, with somebody who looks on and types. */
export class Seat {
  readonly #child: ChildProcess;
  readonly #screen = new Screen(80, 24);
  readonly #lookers = new Set<() => void>();
  readonly ended: Promise<number | null>;
  #hasEnded = false;

  constructor(command: string, args: readonly string[]) {
    const { PATH, HOME, TMPDIR } = process.env;
    const env = { PATH, HOME, TMPDIR, TERM: 'xterm-256color', LANG: 'C.UTF-8' };
    const stdio = ['pipe', 'pipe', 'inherit'] as const;
    this.#child = spawn('python3', ['-c', BETWEEN, '24', '80', command, ...args], {
      cwd: ROOT,
      env,
      stdio: [...stdio],
    });
    this.#child.stdin?.on('error', () => {});
    this.#child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      this.#screen.write(piece);
      this.#look();
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject).on('close', (code) => {
        this.#hasEnded = true;
        this.#look();
        resolve(code);
      });
    });
  }

  get transcript(): string {
    return this.#screen.transcript;
  }

  #look(): void {
    for (const look of this.#lookers) look();
  }

  /** Calls with what is on the screen whenever that changes. */
  watch(see: (text: string) => void): void {
    this.#lookers.add(() => see(this.#screen.text));
  }

  /** Waits until this is on the screen. @throws Error when the program ends before */
  async until(pattern: RegExp): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(this.#screen.text)) {
          if (this.#hasEnded) reject(new Error(`it ended before ${pattern}:\n${this.transcript}`));
          return;
        }
        this.#lookers.delete(look);
        resolve();
      };
      this.#lookers.add(look);
      look();
    });
  }

  press(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Takes the terminal away, which ends the program. */
  leave(): void {
    this.#child.kill('SIGKILL');
  }
}
