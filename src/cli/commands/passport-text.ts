import type { PassportView } from '../../client/index.ts';
import { indent, moment, oneLine, pairs } from '../layout.ts';

export const statusOf = ({ status, mayAct }: PassportView): string =>
  mayAct || status === 'suspended' || status === 'revoked' ? status : 'owner suspended';

const listed = (values: readonly string[]): string => values.join(', ');

export const describeParticipant = (one: PassportView): string[] => [
  `${oneLine(one.name)}  ${one.id}`,
  ...indent(
    pairs([
      ['kind', one.kind],
      ['status', statusOf(one)],
      ['back', moment(one.awayUntil)],
      ['substitute', one.substitute],
      ['owner', one.owner],
      ['manager', one.manager],
      ['roles', listed(one.roles)],
      ['groups', listed(one.groups)],
      ['posts', listed(one.posts)],
      ['capabilities', listed(one.claims.map(claimText))],
      ['tools', one.tools && listed(one.tools)],
      ['safety', one.safety],
      ['capacity', String(one.capacity)],
      ['hours', one.workingHours && hoursText(one.workingHours)],
      ['rate', one.costRate && `${one.costRate.amount} ${one.costRate.currency} per ${one.costRate.per}`],
      ['key', one.publicKey && `${one.publicKey} (${one.keyProvedAt === null ? 'not proved' : 'proved'})`],
      ['last seen', one.present ? 'present' : moment(one.lastSeenAt)],
      ['since', moment(one.createdAt)],
    ]),
  ),
];

type Claim = PassportView['claims'][number];
const claimText = ({ capability, level, standing, constraints, expiresAt }: Claim): string => {
  const terms = [
    ...(standing === 'granted' && level === 1 ? [] : [standing, String(level)]),
    ...(constraints.length > 0 ? ['within bounds'] : []),
    ...(expiresAt === null ? [] : [`${expiresAt <= Date.now() ? 'expired' : 'until'} ${moment(expiresAt)}`]),
  ];
  return terms.length === 0 ? capability : `${capability} (${terms.join(', ')})`;
};

type Hours = NonNullable<PassportView['workingHours']>;
export const DAY_NAMES = ['', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const hoursText = ({ zone, weekly }: Hours): string => `${weeklyText(weekly)} (${zone})`;
export const weeklyText = (weekly: Hours['weekly']): string =>
  weekly
    .map(({ days, from, to }) => `${days.map((day) => DAY_NAMES[day]).join(' ')} ${from}-${to}`)
    .join('; ');

/** How a new token is shown: once. */
export const tokenLines = (secret: string | null): string[] => [
  `  token, shown this once: ${secret ?? '(it has been shown before)'}`,
  '  use it: export HUMANOS_TOKEN=…',
];
