/**
 * The agent that serves a customer. It has a plan for the case, the calls that a model would choose one by one.
 *
 * SERVE-1  No call reaches the shop before the gate has allowed exactly this call.
 * SERVE-2  A call has the same key in every attempt at the case. What the shop has answered already is neither asked for nor done again.
 * SERVE-3  A no ends a call and not the case: the customer's other wishes are served, and what is beyond the agent is handed over.
 */
import type { Handle, HandlerContext, WorkerTask } from 'humanos/worker';
import type { Answer } from '../shop/answer.ts';
import type { Call, KeyedCall, Shop } from '../shop/shop.ts';
import type { Step, ToolGate } from './tool-gate.ts';

export interface CaseInput {
  readonly customer: string;
  readonly request: string;
  readonly actions: readonly Call[];
}

export interface CaseResult {
  readonly steps: readonly Step[];
  /** Whether a person has to take over some of it. */
  readonly handOver: boolean;
}

type Desk = { readonly shop: Pick<Shop, 'call' | 'recall'>; readonly gate: ToolGate };

export const serveCustomer =
  (desk: Desk): Handle<CaseInput> =>
  async (task, { signal, progress }): Promise<CaseResult> => {
    const { actions } = task.input;
    const steps: Step[] = [];
    for (const [index, action] of actions.entries()) {
      signal.throwIfAborted();
      progress(index / actions.length, action.tool);
      steps.push(await take(desk, { ...action, key: keyOf(task, index) }, signal));
    }
    return { steps, handOver: steps.some(({ outcome }) => outcome === 'handed_over') };
  };

/** Without the attempt, and without the claim: the same call of the same case. */
const keyOf = ({ run, step, slot }: WorkerTask<CaseInput>, index: number): string =>
  `${run}/${step}/${slot}/${index}`;

const take = async (
  { shop, gate }: Desk,
  call: KeyedCall,
  signal: HandlerContext['signal'],
): Promise<Step> => {
  const { tool, arguments: args } = call;
  const made = shop.recall(call);
  if (made) return stepOf(call, made);
  const permission = await gate.request(call, signal);
  signal.throwIfAborted();
  switch (permission.may) {
    case 'call': {
      const answer = shop.call(call);
      await gate.made?.(call, answer);
      return stepOf(call, answer);
    }
    case 'not':
      return { tool, arguments: args, outcome: 'denied', reason: permission.reason };
    case 'hand_over':
      return { tool, arguments: args, outcome: 'handed_over', reason: permission.reason };
  }
};

const stepOf = ({ tool, arguments: args }: Call, answer: Answer): Step =>
  answer.ok
    ? { tool, arguments: args, outcome: 'done', output: answer.output }
    : { tool, arguments: args, outcome: 'refused', reason: answer.error };
