// Runs every suite and ends on one line: "N passed, N failed, N skipped".
//
//   node test/run.mjs                   static checks; unit, protocol, oracle, end-to-end and extension suites
//   node test/run.mjs --with-training   the suites of training/ too (Python; makes its own environment)
//   node test/run.mjs --extension       only the suites of the extension in a real VS Code
//
// A suite that cannot run counts as a failure. The base model and VS Code are fetched once, into .cache/ and
// .vscode-test/ of the checkout.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const cache = join(import.meta.dirname, '..', '.cache');
process.env.LANDMARK_CACHE ??= join(cache, 'landmark');
mkdirSync(cache, { recursive: true });
const totals = { passed: 0, failed: 0, skipped: 0 };

check('build', 'node', ['esbuild.mjs']);
if (process.argv.includes('--extension')) {
  check('model', 'node', ['dist/cli.js', 'model', 'add']);
  check('vscode', 'node', ['test/extension/host/install.mjs']);
  vitest(['--project', 'extension']);
} else {
  check('types', 'npx', ['--no-install', 'tsc', '--noEmit']);
  check('types of the page', 'npx', ['--no-install', 'tsc', '--noEmit', '--project', 'media/ask']);
  check('lint', 'npx', ['--no-install', 'eslint', '.']);
  check('format', 'npx', ['--no-install', 'prettier', '--check', '.']);
  check('model', 'node', ['dist/cli.js', 'model', 'add']);
  check('vscode', 'node', ['test/extension/host/install.mjs']);
  check('object store', 'node', ['test/team/support/install.mjs']);
  vitest([]);
  if (process.argv.includes('--with-training')) training();
}

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

function vitest(projects) {
  console.log('\n== vitest');
  const report = join(cache, 'vitest.json');
  rmSync(report, { force: true });
  // Suites share two cores and the model: one file at a time.
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = ['--no-install', 'vitest', 'run', '--no-file-parallelism', ...projects, ...reporters];
  const passed = run('npx', args);
  if (!existsSync(report)) {
    totals.failed += 1;
    return;
  }
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const failedBefore = totals.failed;
  for (const { status, assertionResults } of testResults) {
    const count = (...names) => assertionResults.filter((test) => names.includes(test.status)).length;
    const skipped = count('skipped', 'pending', 'todo');
    totals.passed += count('passed');
    // Where what a file needs could not be started, vitest calls its tests skipped; they have failed with it.
    if (status === 'failed') totals.failed += Math.max(1, count('failed') + skipped);
    else totals.skipped += skipped;
  }
  if (!passed && totals.failed === failedBefore) totals.failed += 1;
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
  const { status, stdout, stderr } = spawnSync(python, ['-m', 'pytest', '-q', 'training/tests'], {
    encoding: 'utf8',
  });
  // What keeps pytest from starting stands in stderr alone.
  process.stdout.write(stdout + stderr);
  const count = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(stdout)?.[1] ?? 0);
  totals.passed += count('passed');
  totals.skipped += count('skipped');
  totals.failed += status === 0 ? 0 : Math.max(1, count('failed') + count('error'));
}
