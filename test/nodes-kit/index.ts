/** Nodes as real processes on one PostgreSQL, for the tests of what may befall them. */
export { Cluster, type ClusterOptions, type Place } from './cluster.ts';
export { NodeProcess, type NodeSettings } from './node-process.ts';
