/**
 * A process that writes windows until it is killed or done, and says so after each: `keys 12`, `kv 12`. Now and then
 * it closes its store and opens it again, as sessions do.
 *
 *     node writer.cjs FOLDER FIRST COUNT KV_QUOTA_BYTES CLOCK_AHEAD_MS
 */

import { writeSync } from 'node:fs';
import { idOf, keysOf, kvOf, openStore } from './smallStore';

const sessionWindows = 8;

async function main([folder, first, count, quota, aheadMs]: string[]): Promise<void> {
  const clock = (): number => Date.now() + Number(aheadMs);
  const open = () => openStore(folder!, { kvQuotaBytes: Number(quota), clock });
  let store = await open();
  for (let number = Number(first); number < Number(first) + Number(count); number++) {
    await store.writeKeys(idOf(number), keysOf(number));
    writeSync(1, `keys ${number}\n`);
    await store.writeKv(idOf(number), kvOf(number));
    writeSync(1, `kv ${number}\n`);
    if (number % sessionWindows !== 0) continue;
    await store.close();
    store = await open();
  }
  await store.close();
}

void main(process.argv.slice(2));
