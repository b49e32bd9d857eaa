import { entry } from './entry.ts';

/** Why a request about webhooks, mail or deliveries is refused. */
export const CHANNEL_ERRORS = {
  webhook_unknown: entry(
    'unknown',
    'There is no such webhook',
    'List the webhooks (`webhook.list`), or create it first.',
  ),
  webhook_url_refused: entry(
    'unprocessable',
    'The server does not call this address',
    'Give an `https://` address that is public. Whoever runs the server may allow others (`HUMANOS_WEBHOOK_ALLOW`).',
  ),
  webhooks_full: entry('conflict', 'There are too many webhooks', 'Delete one that is not needed any more.'),
  webhook_disabled: entry(
    'conflict',
    'The webhook is switched off',
    'Look at why (`disabledReason`), put it right, and enable it (`webhook.update`).',
  ),
  delivery_unknown: entry(
    'unknown',
    'There is no such delivery',
    'List the deliveries (`channel.deliveries`). A mail about work that is over is not sent again.',
  ),
  channels_off: entry(
    'unavailable',
    'This server sends nothing',
    'It was put together without channels: ask a server that `humanos serve` started.',
  ),
} as const;
