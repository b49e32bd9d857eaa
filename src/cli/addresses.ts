/** Servers and databases, for whoever names them without the commands. */
export const DEFAULT_PORT = 4400;
export const DEFAULT_HOST = '127.0.0.1';

export const isPostgres = (databaseUrl: string): boolean => /^postgres(ql)?:/i.test(databaseUrl);

/** The option of a command, and what it says. */
export const DATABASE = [
  '--database <url>',
  'a file or postgres://…; HUMANOS_DATABASE_URL, if left out',
] as const;
