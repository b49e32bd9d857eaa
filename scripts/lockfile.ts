/** package-lock.json, as far as its rules go. */
export interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
export interface Lockfile {
  packages: Record<string, LockedPackage>;
}
export interface Absent {
  readonly of: string;
  readonly name: string;
  readonly version: string;
  readonly dev: boolean;
}

/** Optional dependencies that have no entry. */
export const absentOptionals = ({ packages }: Lockfile): Absent[] =>
  Object.entries(packages).flatMap(([of, { optionalDependencies = {}, dev = false }]) =>
    Object.entries(optionalDependencies)
      .filter(
        ([name]) => !(`node_modules/${name}` in packages) && !(`${of}/node_modules/${name}` in packages),
      )
      .map(([name, version]) => ({ of, name, version, dev })),
  );
