import { existsSync } from 'node:fs';

/** Debian's libfaketime, which stands between a program and the clock of its machine. */
export const FAKETIME = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/faketime/libfaketime.so.1',
].find((path) => existsSync(path));

/** In CI a test that needs it fails without it. */
export const withoutFaketime =
  FAKETIME === undefined && process.env['CI'] === undefined
    ? 'libfaketime is not installed (apt-get install faketime)'
    : false;
