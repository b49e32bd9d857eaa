import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  APICallError,
  generateText,
  jsonSchema,
  NoObjectGeneratedError,
  Output,
  type LanguageModel,
} from 'ai';
import { readAnswer, type ModelAnswer, type ModelRequest } from '../../planning/index.ts';
import { AnswerTooLarge, boundedFetch } from './bounded-fetch.ts';

export interface ModelSettings {
  /** Of the endpoint, up to and without `/chat/completions`. */
  readonly url: string;
  readonly model: string;
  readonly key?: string;
  /** Of one answer. */
  readonly timeoutMs?: number;
  readonly mostBytes?: number;
}
export interface Model {
  readonly name: string;
  /** Never throws: what goes wrong is an answer. */
  ask(request: ModelRequest, signal?: AbortSignal): Promise<ModelAnswer>;
}

const TIMEOUT = 60_000;
const MOST_BYTES = 1024 * 1024;
const MOST_TOKENS = 8000;
/** How an endpoint says that it does not know the format it was asked for. */
const REFUSED_FORMAT = [400, 415, 422, 501];

/**
 * MODEL-1  A model has so much time and so many bytes for its answer, and not more.
 * MODEL-2  Nothing that is told of a failure holds the key, or what was asked.
 */
export function openModel(settings: ModelSettings): Model {
  const { url, model, key, timeoutMs = TIMEOUT, mostBytes = MOST_BYTES } = settings;
  // Warnings of the library would go to standard error, in the midst of what people read there.
  (globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false;
  const of = (structured: boolean): LanguageModel =>
    createOpenAICompatible({
      name: 'model',
      baseURL: url,
      ...(key !== undefined && { apiKey: key }),
      supportsStructuredOutputs: structured,
      fetch: boundedFetch(mostBytes),
    })(model);
  const [strict, loose] = [of(true), of(false)];
  let chosen = strict;
  const ask = async (request: ModelRequest, signal?: AbortSignal): Promise<ModelAnswer> => {
    const limit = AbortSignal.timeout(timeoutMs);
    const ends = signal ? AbortSignal.any([signal, limit]) : limit;
    try {
      return await answer(chosen, request, ends);
    } catch (fault) {
      if (chosen === loose || !refusesFormat(fault)) return failure(fault, limit.aborted);
    }
    const plain = await answer(loose, request, ends).catch((fault: unknown) => failure(fault, limit.aborted));
    // An endpoint that refuses this as well has not said that it was for the format.
    if (plain.ok || plain.code !== 'unavailable') chosen = loose;
    return plain;
  };
  return { name: model, ask };
}

async function answer(
  model: LanguageModel,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<ModelAnswer> {
  const { text } = await generateText({
    model,
    system: request.system,
    messages: request.messages.map(({ role, text: content }) => ({ role, content })),
    output: Output.object({
      schema: jsonSchema(request.schema as Parameters<typeof jsonSchema>[0]),
      name: 'plan',
    }),
    temperature: 0,
    maxOutputTokens: MOST_TOKENS,
    maxRetries: 0,
    abortSignal: signal,
  });
  return readable(text);
}

const readable = (text: string): ModelAnswer => {
  const value = readAnswer(text);
  return value === undefined ? { ok: false, code: 'unreadable', text } : { ok: true, value, text };
};

const refusesFormat = (fault: unknown): boolean =>
  APICallError.isInstance(fault) && REFUSED_FORMAT.includes(fault.statusCode ?? 0);

function failure(fault: unknown, timedOut: boolean): ModelAnswer {
  if (NoObjectGeneratedError.isInstance(fault)) return readable(fault.text ?? '');
  return { ok: false, code: 'unavailable', reason: reasonOf(fault, timedOut) };
}

function reasonOf(fault: unknown, timedOut: boolean): string {
  if (timedOut) return 'it did not answer in time';
  if (causes(fault).some((cause) => cause instanceof AnswerTooLarge)) return 'its answer was too large';
  if (APICallError.isInstance(fault) && fault.statusCode !== undefined && fault.statusCode >= 300)
    return `it answered with status ${fault.statusCode}`;
  if (APICallError.isInstance(fault) && fault.statusCode !== undefined)
    return 'its answer did not follow the protocol';
  return 'it could not be reached';
}

const causes = (fault: unknown): unknown[] =>
  fault instanceof Error ? [fault, ...causes(fault.cause)] : fault === undefined ? [] : [fault];
