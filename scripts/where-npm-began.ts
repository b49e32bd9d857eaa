/** npm starts scripts in the folder of the package; paths that are given to them are meant from where npm was started. */
const { INIT_CWD: from } = process.env;
delete process.env['INIT_CWD'];
try {
  process.chdir(from ?? '.');
} catch {
  // That folder is there no more: paths are from here.
}
