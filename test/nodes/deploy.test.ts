import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pino } from 'pino';
import { parseAllDocuments } from 'yaml';
import { openServer } from '../../src/main/serve.ts';

const read = (name: string): string => readFileSync(new URL(`../../deploy/${name}`, import.meta.url), 'utf8');

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

test('what is deployed may write nowhere and be nobody else, and says when it is ready', () => {
  for (const file of ['compose.yaml', 'alerts.yaml', 'kubernetes/humanos.yaml'])
    for (const document of parseAllDocuments(read(file))) assert.deepEqual(document.errors, [], file);
  const pods = parseAllDocuments(read('kubernetes/humanos.yaml'))
    .map((document) => document.toJS() as { kind: string; spec: { template: { spec: Pod } } })
    .filter(({ kind }) => kind === 'Deployment')
    .map(({ spec }) => spec.template.spec);
  assert.equal(pods.length, 2);
  for (const { securityContext, containers } of pods) {
    assert.equal(securityContext.runAsNonRoot, true);
    for (const one of containers) {
      assert.equal(one.securityContext.readOnlyRootFilesystem, true);
      assert.equal(one.readinessProbe.httpGet.path, '/readyz');
      assert.equal(one.livenessProbe.httpGet.path, '/healthz');
    }
  }
});

interface Pod {
  readonly securityContext: { readonly runAsNonRoot: boolean };
  readonly containers: readonly {
    readonly securityContext: { readonly readOnlyRootFilesystem: boolean };
    readonly readinessProbe: { readonly httpGet: { readonly path: string } };
    readonly livenessProbe: { readonly httpGet: { readonly path: string } };
  }[];
}
