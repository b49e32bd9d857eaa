import {
  isError,
  parseDefinition,
  type DefinitionProblem,
  type ParsedDefinition,
} from '../definition/index.ts';
import { pageOf, plainWrite, type Call, type Context, type Read } from './context.ts';
import { done, no } from './outcome.ts';
import { asGranted } from './permissions.ts';
import { remember } from './repetition.ts';
import type { OutputOf } from './schema/index.ts';

type Authored = Call<'workflow.check_definition'>['input'];

const documentOf = ({ document, source }: Authored): ParsedDefinition =>
  source === undefined ? { ok: true, document: document ?? null } : parseDefinition(source);

/** What is wrong with the text, and with what could be read of it. */
async function problemsOf({ runtime }: Context, read: ParsedDefinition): Promise<DefinitionProblem[]> {
  const unread = read.ok ? [] : read.problems;
  if (read.document === undefined) return [...unread];
  const found = await runtime.organisation.definitions.check(read.document);
  // What stands in place of a value that could not be read is not what was written.
  return [...unread, ...found.filter(({ path }) => !unread.some((one) => one.path === path))];
}

export const listDefinitions: Read<'workflow.list_definitions'> = async ({ runtime }, { input }) => {
  const { rows, next } = await runtime.organisation.definitions.list(pageOf(input));
  return done({ rows: rows.map(({ id, version, digest, name }) => ({ id, version, digest, name })), next });
};

export const getDefinition: Read<'workflow.get_definition'> = async (
  { runtime },
  { input: { id, version } },
) => {
  const found = await runtime.organisation.definition(id, version);
  if (found) return done({ ...found, document: { ...found.document } });
  const which = version === undefined ? id : `${id} version ${version}`;
  return no('definition_unknown', `There is no definition ${which}.`);
};

export const checkDefinition: Read<'workflow.check_definition'> = async (context, { input }) => {
  const problems = await problemsOf(context, documentOf(input));
  return done({ ok: !problems.some(isError), problems });
};

type Saved = OutputOf<'workflow.save_definition'>;

export const saveDefinition = plainWrite('workflow.save_definition', {
  async act(context, { input, caller, idempotency }) {
    const read = documentOf(input);
    if (!read.ok) {
      const [first] = read.problems;
      return no('definition_invalid', `The definition cannot be read: ${first?.message ?? ''}`, {
        problems: await problemsOf(context, read),
      });
    }
    const by = asGranted(caller, 'definitions.write');
    const saved = await context.runtime.organisation.saveDefinition(
      read.document,
      by,
      idempotency && ((definition, problems) => remember(idempotency, savedOf(definition, problems))),
    );
    if (!saved.ok) return saved;
    return done(savedOf(saved.value.definition, saved.value.problems));
  },
});

export const savedOf = (definition: Saved['definition'], problems: readonly DefinitionProblem[]): Saved => {
  const { id, version, digest, name } = definition;
  return { definition: { id, version, digest, name }, problems: [...problems] };
};
