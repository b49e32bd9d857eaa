/** How an operation is reached over HTTP. Plain data: a client needs this table and no schema to make a request. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  /** `{name}` takes a member of the input; the others go into the query (GET) or the JSON body. */
  readonly path: string;
  /** Whether it changes anything; then it takes an `Idempotency-Key`. */
  readonly mutates: boolean;
  /** Of a success; 200 where nothing is said. */
  readonly status?: 201;
  /** `definition`: the body may also be the YAML text of a definition. `bytes`: the body is the `content`, as it is. */
  readonly body?: 'definition' | 'bytes';
  /**
   * `events`: Server-Sent Events where `Accept` asks for them. `bytes`: the `content` as it is. `lines`: NDJSON, and over HTTP only.
   */
  readonly reply?: 'events' | 'bytes' | 'lines';
  /** May hold the request for as long as `waitSeconds` of its input says. */
  readonly waits?: true;
}

const read = <const Path extends string>(path: Path) => ({ method: 'GET', path, mutates: false }) as const;
const act = <const Path extends string>(path: Path) => ({ method: 'POST', path, mutates: true }) as const;

/** Every operation, by its name. */
export const ROUTES = {
  'workflow.list_definitions': read('/v1/definitions'),
  'workflow.get_definition': read('/v1/definitions/{id}'),
  'workflow.save_definition': { ...act('/v1/definitions'), status: 201, body: 'definition' },
  'workflow.check_definition': { ...act('/v1/definitions/check'), mutates: false, body: 'definition' },
  'workflow.plan': { ...act('/v1/plans'), status: 201 },
  'plan.list': read('/v1/plans'),
  'plan.get': read('/v1/plans/{id}'),
  'plan.edit': { method: 'PATCH', path: '/v1/plans/{id}', mutates: true },
  'plan.start': act('/v1/plans/{id}/start'),
  'plan.save': { ...act('/v1/plans/{id}/save'), status: 201 },
  'workflow.start': { ...act('/v1/runs'), status: 201 },
  'workflow.list_runs': read('/v1/runs'),
  'workflow.get_run': read('/v1/runs/{id}'),
  'workflow.approve': act('/v1/runs/{id}/approve'),
  'workflow.reject': act('/v1/runs/{id}/reject'),
  'workflow.pause': act('/v1/runs/{id}/pause'),
  'workflow.stop': act('/v1/runs/{id}/stop'),
  'workflow.resume': act('/v1/runs/{id}/resume'),
  'workflow.cancel': act('/v1/runs/{id}/cancel'),
  'workflow.signal': act('/v1/runs/{id}/signal'),
  'run.events': { ...read('/v1/runs/{id}/events'), reply: 'events' },
  'event.list': { ...read('/v1/events'), reply: 'events' },
  'task.list': read('/v1/tasks'),
  'task.get': read('/v1/tasks/{id}'),
  'task.claim_next': { ...act('/v1/tasks/claim'), waits: true },
  'task.claim': act('/v1/tasks/{id}/claim'),
  'task.start': act('/v1/tasks/{id}/start'),
  'task.heartbeat': act('/v1/tasks/{id}/heartbeat'),
  'task.progress': act('/v1/tasks/{id}/progress'),
  'task.complete': act('/v1/tasks/{id}/complete'),
  'task.fail': act('/v1/tasks/{id}/fail'),
  'task.release': act('/v1/tasks/{id}/release'),
  'task.decline': act('/v1/tasks/{id}/decline'),
  'task.skip': act('/v1/tasks/{id}/skip'),
  'task.activate': act('/v1/tasks/{id}/activate'),
  'task.nominate': act('/v1/tasks/{id}/nominate'),
  'task.stop': act('/v1/tasks/{id}/stop'),
  'task.suspend': act('/v1/tasks/{id}/suspend'),
  'task.resume': act('/v1/tasks/{id}/resume'),
  'task.delegate': act('/v1/tasks/{id}/delegate'),
  'task.forward': act('/v1/tasks/{id}/forward'),
  'task.exit': act('/v1/tasks/{id}/exit'),
  'task.comment': act('/v1/tasks/{id}/comment'),
  'task.attach': act('/v1/tasks/{id}/attach'),
  'task.detach': act('/v1/tasks/{id}/detach'),
  'task.draft': act('/v1/tasks/{id}/draft'),
  'task.set': act('/v1/tasks/{id}/set'),
  'task.request_help': act('/v1/tasks/{id}/request-help'),
  'task.help': act('/v1/tasks/{id}/help'),
  'task.predo': act('/v1/tasks/{id}/predo'),
  'task.redo': act('/v1/tasks/{id}/redo'),
  'task.batch': act('/v1/tasks/batch'),
  'task.visibility': read('/v1/visibility'),
  'task.set_visibility': { method: 'PUT', path: '/v1/visibility', mutates: true },
  'task.decide': act('/v1/tasks/{id}/decide'),
  'task.decide_batch': act('/v1/tasks/decide'),
  'participant.register': { ...act('/v1/participants'), status: 201 },
  'participant.list': read('/v1/participants'),
  'participant.get': read('/v1/participants/{id}'),
  'participant.update': { method: 'PATCH', path: '/v1/participants/{id}', mutates: true },
  'participant.suspend': act('/v1/participants/{id}/suspend'),
  'participant.unsuspend': act('/v1/participants/{id}/unsuspend'),
  'participant.revoke': act('/v1/participants/{id}/revoke'),
  'participant.set_availability': act('/v1/participants/{id}/availability'),
  'participant.heartbeat': act('/v1/heartbeat'),
  'participant.me': read('/v1/me'),
  'participant.register_key': act('/v1/participants/{id}/key'),
  'participant.generate_key': act('/v1/participants/{id}/generate-key'),
  'participant.challenge': act('/v1/participants/{id}/challenge'),
  'participant.prove': act('/v1/participants/{id}/prove'),
  'claim.declare': act('/v1/participants/{participant}/claims/{capability}/declare'),
  'claim.grant': act('/v1/participants/{participant}/claims/{capability}/grant'),
  'claim.verify': act('/v1/participants/{participant}/claims/{capability}/verify'),
  'claim.revoke': act('/v1/participants/{participant}/claims/{capability}/revoke'),
  'token.issue': { ...act('/v1/tokens'), status: 201 },
  'token.list': read('/v1/tokens'),
  'token.revoke': act('/v1/tokens/{id}/revoke'),
  'capability.list': read('/v1/capabilities'),
  'capability.get': read('/v1/capabilities/{id}'),
  'capability.save': { method: 'PUT', path: '/v1/capabilities/{id}', mutates: true },
  'capability.check': { ...act('/v1/capabilities/check'), mutates: false },
  'capability.delete': act('/v1/capabilities/{id}/delete'),
  'delegation.create': { ...act('/v1/delegations'), status: 201 },
  'delegation.list': read('/v1/delegations'),
  'delegation.get': read('/v1/delegations/{id}'),
  'delegation.narrow': { method: 'PATCH', path: '/v1/delegations/{id}', mutates: true },
  'delegation.pause': act('/v1/delegations/{id}/pause'),
  'delegation.unpause': act('/v1/delegations/{id}/unpause'),
  'delegation.revoke': act('/v1/delegations/{id}/revoke'),
  'webhook.create': { ...act('/v1/webhooks'), status: 201 },
  'webhook.list': read('/v1/webhooks'),
  'webhook.get': read('/v1/webhooks/{id}'),
  'webhook.update': { method: 'PATCH', path: '/v1/webhooks/{id}', mutates: true },
  'webhook.delete': act('/v1/webhooks/{id}/delete'),
  'webhook.rotate_secret': act('/v1/webhooks/{id}/rotate-secret'),
  'webhook.test': act('/v1/webhooks/{id}/test'),
  'channel.list': read('/v1/channels'),
  'channel.deliveries': read('/v1/deliveries'),
  'channel.redeliver': act('/v1/deliveries/{id}/redeliver'),
  'contact.get': read('/v1/participants/{id}/contact'),
  'contact.set': { method: 'PUT', path: '/v1/participants/{id}/contact', mutates: true },
  'ledger.entries': read('/v1/ledger/entries'),
  'ledger.checkpoint': read('/v1/ledger/checkpoint'),
  'ledger.inclusion': read('/v1/ledger/inclusion'),
  'ledger.consistency': read('/v1/ledger/consistency'),
  'ledger.export': { ...read('/v1/ledger/export'), reply: 'lines' },
  'artifact.get': { ...read('/v1/artifacts/{sha256}'), reply: 'bytes' },
  'artifact.put': {
    method: 'PUT',
    path: '/v1/artifacts/{sha256}',
    mutates: true,
    status: 201,
    body: 'bytes',
  },
  'routing.explain': { ...act('/v1/routing/explain'), mutates: false },
  'health.get': read('/v1/health'),
} as const satisfies Readonly<Record<string, Route>>;

export type OperationName = keyof typeof ROUTES;
