import { registerHooks } from 'node:module';
import type { Model, ModelSettings } from './model.ts';

export type { Model, ModelSettings } from './model.ts';

/** A language model behind any endpoint that speaks the protocol of OpenAI. What that takes is loaded only now. */
export async function openModel(settings: ModelSettings): Promise<Model> {
  const hooks = registerHooks({ resolve: asPublished });
  try {
    return (await import('./model.ts')).openModel(settings);
  } finally {
    hooks.deregister();
  }
}

type Resolve = NonNullable<Parameters<typeof registerHooks>[0]['resolve']>;

/** Run from source, the condition `source` is this project's; a package that calls its own TypeScript so is taken as it was built. */
const asPublished: Resolve = (specifier, context, next) =>
  specifier.startsWith('eventsource-parser')
    ? next(specifier, { ...context, conditions: context.conditions.filter((name) => name !== 'source') })
    : next(specifier, context);
