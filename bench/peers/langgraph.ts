import { Annotation, Command, END, interrupt, Send, START, StateGraph } from '@langchain/langgraph';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import { join } from 'node:path';
import pg from 'pg';
import type { Contender, Open, Place } from '../compare/contender.ts';

const State = Annotation.Root({
  left: Annotation<number>(),
  items: Annotation<number[]>(),
  done: Annotation<number>({ reducer: (a, b) => a + b, default: () => 0 }),
});

/** Its own settings of SQLite are a WAL and synchronous=NORMAL. */
async function saverOf({
  folder,
  address,
}: Place): Promise<{ saver: SqliteSaver | PostgresSaver; close(): Promise<void> }> {
  if (address === '') {
    const saver = SqliteSaver.fromConnString(join(folder, 'langgraph.sqlite'));
    return { saver, close: () => Promise.resolve(void saver.db.close()) };
  }
  const pool = new pg.Pool({ connectionString: address, max: 20 });
  const saver = new PostgresSaver(pool);
  await saver.setup();
  return { saver, close: () => pool.end() };
}

/** A step is a node; `sync` has each checkpoint written before the next step begins. */
export const open: Open = async (place, step): Promise<Contender> => {
  const { saver: checkpointer, close } = await saverOf(place);
  const work = (): { done: number } => {
    step();
    return { done: 1 };
  };
  const sequence = new StateGraph(State)
    .addNode('a', work)
    .addNode('b', work)
    .addNode('c', work)
    .addNode('d', work)
    .addNode('e', work)
    .addEdge(START, 'a')
    .addEdge('a', 'b')
    .addEdge('b', 'c')
    .addEdge('c', 'd')
    .addEdge('d', 'e')
    .addEdge('e', END)
    .compile({ checkpointer });
  const fanOut = new StateGraph(State)
    .addNode('child', work)
    .addConditionalEdges(START, ({ items }) => items.map((item) => new Send('child', { left: item })), [
      'child',
    ])
    .addEdge('child', END)
    .compile({ checkpointer });
  const loop = new StateGraph(State)
    .addNode('again', ({ left }) => {
      step();
      return { left: left - 1, done: 1 };
    })
    .addEdge(START, 'again')
    .addConditionalEdges('again', ({ left }) => (left > 0 ? 'again' : END), ['again', END])
    .compile({ checkpointer });
  const approval = new StateGraph(State)
    .addNode('approve', () => ({ left: interrupt('approve?') as number }))
    .addNode('then', work)
    .addEdge(START, 'approve')
    .addEdge('approve', 'then')
    .addEdge('then', END)
    .compile({ checkpointer });
  let made = 0;
  const newId = (): string => `run-${process.pid}-${(made += 1)}`;
  const options = (thread_id = newId()): { configurable: { thread_id: string }; durability: 'sync' } => ({
    configurable: { thread_id },
    durability: 'sync',
  });
  return {
    sequence: async () => void (await sequence.invoke({}, options())),
    async fanOut(children, maxConcurrency) {
      const items = Array.from({ length: children }, (_, at) => at);
      await fanOut.invoke({ items }, { ...options(), maxConcurrency });
    },
    loop: async (left) => void (await loop.invoke({ left }, { ...options(), recursionLimit: left + 10 })),
    async park() {
      const id = newId();
      await approval.invoke({}, options(id));
      return id;
    },
    decide: async (run) => void (await approval.invoke(new Command({ resume: 1 }), options(run))),
    close,
  };
};
