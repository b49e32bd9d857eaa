import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PIECE = Buffer.alloc(64 * 1024);

/** A disk of a few megabytes, of which the test can take all that is left. */
export class SmallDisk {
  readonly folder: string;
  readonly #ballast: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.#ballast = join(folder, 'ballast');
  }

  /** Or why there is none: only root may mount. */
  static mount(megabytes: number): SmallDisk | { readonly reason: string } {
    const folder = mkdtempSync(join(tmpdir(), 'humanos-disk-'));
    const options = `size=${megabytes}m,mode=755`;
    const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
    if (status === 0) return new SmallDisk(folder);
    rmdirSync(folder);
    return { reason: `no disk can be mounted here: ${error?.message ?? stderr.toString().trim()}` };
  }

  /** Takes all room that is left, to the last byte. */
  fill(): void {
    const file = openSync(this.#ballast, 'a');
    try {
      for (let size = PIECE.length; size > 0;) {
        try {
          writeSync(file, PIECE, 0, size);
        } catch (error) {
          if ((error as { code?: unknown }).code !== 'ENOSPC') throw error;
          size = Math.floor(size / 2);
        }
      }
    } finally {
      closeSync(file);
    }
  }

  makeRoom(): void {
    rmSync(this.#ballast);
  }

  unmount(): void {
    spawnSync('umount', ['--lazy', this.folder]);
    rmdirSync(this.folder);
  }
}
