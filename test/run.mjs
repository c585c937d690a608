// Runs every suite and ends on one line: "N passed, N failed, N skipped".
//
//   node test/run.mjs                   static checks, unit, protocol, oracle and end-to-end suites
//   node test/run.mjs --with-training   the suites of training/ too (Python; makes its own environment)
//
// A suite that cannot run counts as a failure. The base model is fetched once, into .cache/ of the checkout.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const cache = join(import.meta.dirname, '..', '.cache');
process.env.LANDMARK_CACHE ??= join(cache, 'landmark');
mkdirSync(cache, { recursive: true });
const totals = { passed: 0, failed: 0, skipped: 0 };

check('build', 'node', ['esbuild.mjs']);
check('types', 'npx', ['--no-install', 'tsc', '--noEmit']);
check('lint', 'npx', ['--no-install', 'eslint', '.']);
check('format', 'npx', ['--no-install', 'prettier', '--check', '.']);
check('model', 'node', ['dist/cli.js', 'model', 'add']);
vitest();
if (process.argv.includes('--with-training')) training();

console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 ? 1 : 0;

/** One step that passes or fails as a whole. */
function check(name, command, args) {
  console.log(`\n== ${name}`);
  const passed = run(command, args);
  totals[passed ? 'passed' : 'failed'] += 1;
}

function run(command, args) {
  return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

function vitest() {
  console.log('\n== vitest');
  const report = join(cache, 'vitest.json');
  rmSync(report, { force: true });
  // Suites share two cores and the model: one file at a time.
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const passed = run('npx', ['--no-install', 'vitest', 'run', '--no-file-parallelism', ...reporters]);
  if (!existsSync(report)) {
    totals.failed += 1;
    return;
  }
  const result = JSON.parse(readFileSync(report, 'utf8'));
  totals.passed += result.numPassedTests;
  totals.skipped += result.numPendingTests + result.numTodoTests;
  // A file that fails before its first test has no failed test, but the run has failed all the same.
  totals.failed += passed ? 0 : Math.max(1, result.numFailedTests);
}

function training() {
  console.log('\n== training');
  const environment = join(cache, 'python');
  const python = join(environment, 'bin', 'python');
  const ready =
    existsSync(python) ||
    (run('python3', ['-m', 'venv', environment]) &&
      run(python, ['-m', 'pip', 'install', '-qq', '-r', 'training/requirements.txt', 'pytest']));
  if (!ready) {
    totals.failed += 1;
    return;
  }
  const { status, stdout } = spawnSync(python, ['-m', 'pytest', '-q', 'training/tests'], {
    encoding: 'utf8',
  });
  process.stdout.write(stdout);
  const count = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(stdout)?.[1] ?? 0);
  totals.passed += count('passed');
  totals.skipped += count('skipped');
  totals.failed += status === 0 ? 0 : Math.max(1, count('failed') + count('error'));
}
