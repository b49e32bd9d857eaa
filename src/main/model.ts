import { openModel, type Model } from '../agents/llm/index.ts';
import { Trouble, type Environment } from '../cli/index.ts';
import type { PlanModel } from '../operations/index.ts';
import { isBaseUrl } from './base-url.ts';

/**
 * The model that breaks goals down, as `HUMANOS_MODEL_URL`, `HUMANOS_MODEL` and `HUMANOS_MODEL_KEY` name it; null where none is named.
 * What it takes to ask one is loaded when it is asked for the first time.
 * @throws Trouble when it is named by half, or no request can be sent to its address
 */
export function modelOf(env: Environment, open: typeof openModel = openModel): PlanModel | null {
  const { HUMANOS_MODEL_URL: url = '', HUMANOS_MODEL: name = '', HUMANOS_MODEL_KEY: key = '' } = env;
  if (url === '' && name === '') return null;
  if (url === '' || name === '') throw half(url === '' ? 'HUMANOS_MODEL_URL' : 'HUMANOS_MODEL');
  if (!isBaseUrl(url)) throw noEndpoint();
  let opened: Promise<Model> | null = null;
  return {
    name,
    ask: async (request, signal) => {
      opened ??= open({ url, model: name, ...(key !== '' && { key }) }).catch((fault: unknown) => {
        opened = null;
        throw fault;
      });
      return (await opened).ask(request, signal);
    },
  };
}

const trouble = (why: string, next: string): Trouble =>
  new Trouble({ what: 'HumanOS could not be served.', why, next, code: 'model_unusable', exit: 2 });

const half = (missing: string): Trouble =>
  trouble(
    `A model is named by half: ${missing} is not set.`,
    'Set HUMANOS_MODEL_URL and HUMANOS_MODEL, and HUMANOS_MODEL_KEY where it takes one; or none of them.',
  );
const noEndpoint = (): Trouble =>
  trouble(
    'HUMANOS_MODEL_URL is no address of an endpoint.',
    'Set it to such as http://127.0.0.1:11434/v1, without /chat/completions, a user, ? or #; a key goes into HUMANOS_MODEL_KEY.',
  );
