/** Not the time at which a transaction began. */
export const NOW = `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8 AS now`;
