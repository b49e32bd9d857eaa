import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { parse, parseAllDocuments } from 'yaml';
import { openServer } from '../../src/main/serve.ts';
import { ROOT } from '../e2e/cli-kit.ts';

const read = (name: string): string => readFileSync(join(ROOT, 'deploy', name), 'utf8');

test('dashboard and alerts name metrics that there are', async () => {
  const server = await openServer({ databaseUrl: 'memory:', port: 0, log: pino({ level: 'silent' }) });
  try {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const there = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
    for (const file of ['grafana-dashboard.json', 'alerts.yaml'])
      for (const [name] of read(file).matchAll(/humanos_[a-z_]+/g))
        assert.ok(there.has(name.replace(/_(bucket|sum|count)$/, '')), `${file} names ${name}`);
  } finally {
    await server.stop();
  }
});

test('alerts are rules as Prometheus reads them', () => {
  const { groups } = parse(read('alerts.yaml')) as { groups: { rules: Rule[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  assert.ok(rules.length > 5);
  for (const { alert, expr, annotations, labels } of rules) {
    assert.ok(alert && expr);
    for (const [name, value] of [...Object.entries(annotations), ...Object.entries(labels)]) {
      assert.match(name, /^[A-Za-z_]\w*$/, alert);
      assert.ok(typeof value === 'string' && value !== '', `${alert}: ${name}`);
    }
    assert.match(annotations['summary'] as string, /\.$/);
  }
});

test('what is deployed may write nowhere and be nobody else, and says when it is ready', () => {
  for (const file of ['compose.yaml', 'alerts.yaml', 'kubernetes/humanos.yaml'])
    for (const document of parseAllDocuments(read(file))) assert.deepEqual(document.errors, [], file);
  const pods = parseAllDocuments(read('kubernetes/humanos.yaml'))
    .map((document) => document.toJS() as { kind: string; spec: { template: { spec: Pod } } })
    .filter(({ kind }) => kind === 'Deployment')
    .map(({ spec }) => spec.template.spec);
  assert.equal(pods.length, 2);
  const collected = read('kubernetes/humanos.yaml').match(/prometheus\.io\/scrape: 'true'/g);
  assert.equal(collected?.length, pods.length, 'each says something of itself');
  for (const { securityContext, containers } of pods) {
    assert.equal(securityContext.runAsNonRoot, true);
    for (const one of containers) {
      assert.equal(one.securityContext.readOnlyRootFilesystem, true);
      assert.equal(one.readinessProbe.httpGet.path, '/readyz');
      assert.equal(one.livenessProbe.httpGet.path, '/healthz');
    }
  }
});

/** Without `.npmrc` the image would run the install scripts of packages, for which it has no compiler. */
test('the image is made of files that are there, and installs as everybody does', () => {
  const lines = read('Dockerfile').split('\n');
  const install = lines.indexOf('RUN npm ci');
  const copied = lines
    .map((line, at) => ({ at, sources: /^COPY (?!--)(.+) \S+$/.exec(line)?.[1]?.split(' ') ?? [] }))
    .flatMap(({ at, sources }) => sources.map((source) => ({ at, source })));
  for (const { source } of copied)
    assert.ok(globSync(source, { cwd: ROOT }).length > 0, `${source} is there`);
  const before = copied.filter(({ at }) => at < install).map(({ source }) => source);
  const { workspaces } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    workspaces: string[];
  };
  const needed = [
    'package.json',
    'package-lock.json',
    '.npmrc',
    ...workspaces.map((one) => `${one}/package.json`),
  ];
  for (const file of needed) assert.ok(before.includes(file), `${file} is there before npm ci`);
});

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, unknown>>;
  readonly labels: Readonly<Record<string, unknown>>;
}
interface Pod {
  readonly securityContext: { readonly runAsNonRoot: boolean };
  readonly containers: readonly {
    readonly securityContext: { readonly readOnlyRootFilesystem: boolean };
    readonly readinessProbe: { readonly httpGet: { readonly path: string } };
    readonly livenessProbe: { readonly httpGet: { readonly path: string } };
  }[];
}
