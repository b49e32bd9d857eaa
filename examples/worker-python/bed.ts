import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type Client } from '../../src/client/index.ts';
import { Site, type Running } from '../../test/e2e/cli-kit.ts';

/** Where the example is. */
export const FOLDER = new URL('.', import.meta.url).pathname;
const isThere = spawnSync('python3', ['--version']).status === 0;
/** Where everything is to be tested, a missing Python is a failure. */
export const skip =
  isThere || process.env['CI'] ? false : 'python3 is not there: install it to have this example tested';

interface OwnOptions {
  readonly capabilities?: readonly string[];
  readonly settings?: string;
  readonly url?: string;
}

/** A server with the definition `words`, and an agent in Python that counts them. */
export class Bed {
  readonly site: Site;
  readonly admin: Client;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(site: Site, env: NodeJS.ProcessEnv) {
    this.site = site;
    this.#env = env;
    this.admin = createClient({ url: site.url, token: site.adminToken });
  }

  /** Tasks are tried as often as the definition says, or so many times. */
  static async open({ attempts }: { readonly attempts?: number } = {}): Promise<Bed> {
    const site = new Site();
    await site.serve();
    const { env } = await site.participant('Word counter', '--capability', 'word_count', '--capacity', '4');
    const bed = new Bed(site, env);
    const words = readFileSync(join(FOLDER, 'words.yaml'), 'utf8');
    const source = attempts ? words.replace(/( +)forEach:/, `$1retry: { attempts: ${attempts} }\n$&`) : words;
    await bed.admin.workflow.saveDefinition({ source });
    return bed;
  }

  close(): Promise<void> {
    return this.site.close();
  }

  /** The server again, where it was. */
  async back(): Promise<void> {
    await this.site.serve({}, Number(new URL(this.site.url).port));
  }

  /** A run with a task for each text. */
  start(...texts: unknown[]): Promise<{ id: string }> {
    return this.admin.workflow.start({ definition: 'words', input: { texts } as never });
  }

  /** The agent of the example. */
  agent(): Running {
    return this.#python(join(FOLDER, 'agent.py'), this.site.url);
  }

  /** An agent of which a test writes the handler `count`, and what else the worker is told. */
  own(count: string, options: OwnOptions = {}): Running {
    const { capabilities = ['word_count'], settings = '', url = this.site.url } = options;
    const file = join(this.site.folder, 'own.py');
    writeFileSync(
      file,
      `import datetime, os, threading, time
from humanos import Failed, Worker
${count.trim()}
worker = Worker("own", ${JSON.stringify(capabilities)}, count${settings && `, ${settings}`})
worker.run()
`,
    );
    return this.#python(file, url);
  }

  #python(file: string, url: string): Running {
    const env = { ...this.#env, HUMANOS_URL: url, PYTHONPATH: FOLDER, PYTHONUNBUFFERED: '1' };
    return this.site.spawn('python3', ['-B', file], { env });
  }

  /** Resolves when the task of a run is told to be under way. */
  async begun(run: string): Promise<void> {
    for await (const event of this.admin.events({ run })) if (event.type === 'task.progressed') return;
  }
}
