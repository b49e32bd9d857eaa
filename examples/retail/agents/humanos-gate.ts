import type { GrantedCall, HandlerContext } from 'humanos/worker';
import type { Permission, ToolGate } from './tool-gate.ts';

/** As policies name the tools of the shop. */
export const TOOLS_OF_SHOP = 'retail/';

/**
 * The gate of HumanOS: what a call needs is decided there, by policy.
 *
 * HGATE-1  The grant is taken before the shop is called. The shop remembers its calls by key, so that a call which had begun and is not
 *          remembered has had no effect: its grant is given back, and taken again.
 */
export function humanosGate({ tool }: Pick<HandlerContext, 'tool'>): ToolGate {
  const begun = new Map<string, GrantedCall>();
  return {
    async request({ tool: name, arguments: args, key }): Promise<Permission> {
      const asked = await tool({ key, tool: `${TOOLS_OF_SHOP}${name}`, arguments: args, class: 'read_only' });
      if (asked.may === 'hand_over') return { may: 'hand_over', reason: asked.reason };
      if (asked.may === 'not') return { may: 'not', reason: asked.reason };
      if (asked.may === 'know')
        return { may: 'not', reason: 'the call was made, and the shop knows nothing of it' };
      if (asked.begun)
        await asked.failed({ code: 'cut_off', message: 'The shop has not been called.', effect: 'none' });
      await asked.begin();
      begun.set(key, asked);
      return { may: 'call' };
    },
    async made({ key }, answer): Promise<void> {
      await begun.get(key)?.done({ ok: answer.ok });
    },
  };
}
