import { databaseUrlOf, type Context } from '../context.ts';
import { moment, oneLine, span } from '../layout.ts';
import { EXIT, troubleOf } from '../trouble.ts';

interface Finding {
  readonly name: 'node' | 'database' | 'server' | 'token' | 'clock' | 'channels';
  readonly status: 'ok' | 'warning' | 'failed';
  readonly message: string;
  readonly next: string | null;
}

const MARKS = {
  ok: ['green', 'ok     '],
  warning: ['yellow', 'warning'],
  failed: ['red', 'failed '],
} as const;

export async function examine(context: Context, options: { readonly database?: string }): Promise<number> {
  const { terminal } = context;
  const server = await serverFinding(context);
  const findings = [
    nodeFinding(process.versions.node),
    await databaseFinding(context, options.database),
    server,
    ...(server.status === 'failed'
      ? []
      : [await tokenFinding(context), await clockFinding(context), ...(await channelFindings(context))]),
  ];
  terminal.answer({ ok: findings.every(({ status }) => status !== 'failed'), findings }, () =>
    findings.flatMap(({ name, status, message, next }) => [
      `${terminal.style(MARKS[status][0], MARKS[status][1])}  ${name}: ${oneLine(message)}`,
      ...(next === null ? [] : [`           → ${oneLine(next)}`]),
    ]),
  );
  return findings.some(({ status }) => status === 'failed') ? EXIT.failed : EXIT.ok;
}

const finding = (
  name: Finding['name'],
  status: Finding['status'],
  message: string,
  next: string | null = null,
): Finding => ({
  name,
  status,
  message,
  next,
});

/** That it is new enough is checked before anything of this is loaded. */
const nodeFinding = (version: string): Finding => finding('node', 'ok', `Node ${version}`);

async function databaseFinding({ roots, env }: Context, given: string | undefined): Promise<Finding> {
  const url = databaseUrlOf(env, given);
  const shown = withoutPassword(url);
  try {
    const { status, latest } = await roots.migrate(url, false);
    if (status === 'absent')
      return finding(
        'database',
        'warning',
        `There is no ${shown} yet.`,
        'Begin with "humanos serve"; it creates the database.',
      );
    if (status === 'empty')
      return finding(
        'database',
        'warning',
        `${shown} is empty.`,
        'Begin with "humanos serve"; it makes its tables.',
      );
    return status === 'latest'
      ? finding('database', 'ok', `${shown} has schema version ${latest}, the latest.`)
      : finding(
          'database',
          'warning',
          `${shown} has an older schema than version ${latest}.`,
          'Run "humanos migrate".',
        );
  } catch (error) {
    const { why, next } = troubleOf(error, '');
    return finding('database', 'failed', why, next);
  }
}

const withoutPassword = (url: string): string =>
  url.replace(/:\/\/([^:@/]*):.*@/, '://$1@').replace(/\?.*$/, '');

async function serverFinding(context: Context): Promise<Finding> {
  const { url } = context;
  try {
    const { ready, version, backlog } = await context.client.health.get();
    return ready
      ? finding(
          'server',
          'ok',
          `${url} answers, version ${version}; ${backlog} tasks wait for an agent or a system of record.`,
        )
      : finding(
          'server',
          'warning',
          `${url} answers, and is not ready yet.`,
          'Wait a moment; then look at its log.',
        );
  } catch (error) {
    const { why, next, code, exit } = troubleOf(error, '');
    if (exit === EXIT.usage) return finding('server', 'failed', `It was not asked. ${why}`, next);
    if (code === 'unreachable' || code.startsWith('http_'))
      return finding(
        'server',
        'failed',
        why,
        'Start one with "humanos serve", or say where it is (HUMANOS_URL, --url).',
      );
    return OF_RIGHTS.test(code)
      ? finding('server', 'ok', `${url} answers.`)
      : finding('server', 'failed', `${url} answers, and cannot be used: ${why}`, next);
  }
}

/** What the server says of who asks, and not of itself; the finding on the token tells it. */
const OF_RIGHTS = /^(token_|delegation_|forbidden$)/;

async function tokenFinding({ client, token }: Context): Promise<Finding> {
  if (token === undefined)
    return finding(
      'token',
      'failed',
      'There is none, so nothing can be asked of the server.',
      'Set HUMANOS_TOKEN. The first token is shown when "humanos serve" creates a database; an administrator makes further ones with "humanos token issue".',
    );
  try {
    const me = await client.participant.me();
    return finding('token', 'ok', `You are ${me.name} (${me.id}), with ${me.roles.join(', ') || 'no role'}.`);
  } catch (error) {
    const { why, next } = troubleOf(error, '');
    return finding('token', 'failed', why, next);
  }
}

/** Nothing is said to those who may not ask, and where all is well. */
async function channelFindings({ client }: Context): Promise<Finding[]> {
  const list = await client.channel.list().catch(() => null);
  const bad = list?.rows.filter(({ failingSince, dead }) => failingSince !== null || dead > 0) ?? [];
  return bad.map(({ id, failingSince, dead, lastError }) =>
    finding(
      'channels',
      'warning',
      failingSince === null
        ? `${id}: ${dead} deliveries were given up.`
        : `${id}: nothing gets through since ${moment(failingSince)}: ${lastError ?? ''}`,
      `Look at them: humanos deliveries --channel ${id}${failingSince === null ? ' --dead' : ''}`,
    ),
  );
}

const MOST_SKEW_MS = 5000;

/** Leases and deadlines go by the server's clock; what people read goes by this one. */
async function clockFinding({ url }: Context): Promise<Finding> {
  const response = await fetch(new URL('/healthz', url)).catch(() => null);
  const at = Date.parse(response?.headers.get('date') ?? '');
  if (Number.isNaN(at)) return finding('clock', 'warning', 'The server does not tell its time.');
  const skew = Date.now() - at;
  return Math.abs(skew) <= MOST_SKEW_MS
    ? finding('clock', 'ok', 'This clock agrees with that of the server.')
    : finding(
        'clock',
        'warning',
        `This clock is ${span(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'} that of the server.`,
        'Let both be set by NTP.',
      );
}
