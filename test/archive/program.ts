import { archiveFolder } from '../../src/main/archive-folder.ts';
import { archiveBed } from './bed.ts';

/** Archives all that has ended, and is killed at a moment. */
const [url = '', archives = '', moment = ''] = process.argv.slice(2);
const bed = archiveBed(() => url);
bed.remove();
const runtime = await bed.open();
await runtime.archiver.archive(archiveFolder(archives), Number.MAX_SAFE_INTEGER, {
  at: (point) => {
    if (point === moment) process.kill(process.pid, 'SIGKILL');
  },
});
await bed.close(runtime);
