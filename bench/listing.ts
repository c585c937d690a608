/**
 * How long a large workspace takes to be listed and read, and how long the event loop is held meanwhile: messages wait
 * for it, such as a cancel.
 *
 *     npm run bench:listing -- [--files 100000]
 */

import { parseArgs } from 'node:util';
import { measureListing, type Layout, type Listing, type Step } from './listing/measure';
import { keep, publish, table } from './support';

/** What a listing of 100,000 files is held to. */
const listedMsMax = 5_000;
const delayMsMax = 50;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { files: { type: 'string', default: '100000' } } });
  const files = Number(values.files);
  const layouts: Layout[] = [
    { name: 'folders of 100 files', files, filesPerFolder: 100 },
    { name: 'folders of 5 files', files, filesPerFolder: 5 },
    { name: 'one folder', files: Math.ceil(files / 5), filesPerFolder: files },
  ];
  const listings: Listing[] = [];
  for (const layout of layouts) listings.push(await measureListing(layout));
  keep('listing.json', `${JSON.stringify(listings, null, 2)}\n`);
  publish('listing', 'Listing a large workspace', linesOf(listings));
}

function linesOf(listings: readonly Listing[]): string[] {
  const step = ({ ms, delayMaxMs, delayP99Ms, files }: Step): string =>
    `${(ms / 1_000).toFixed(2)} s (${files.toLocaleString('en')}); ${delayMaxMs.toFixed(0)} / ${delayP99Ms.toFixed(0)} ms`;
  const rows = listings.map(({ name, files, folders, list, firstScan, secondScan }) => [
    name,
    files.toLocaleString('en'),
    folders.toLocaleString('en'),
    step(list),
    step(firstScan),
    step(secondScan),
  ]);
  const isMet = listings.every(({ list }) => list.ms <= listedMsMax && list.delayMaxMs <= delayMsMax);
  return [
    "Time (files found); how long the event loop was held, at most / in 99 of 100 turns. Files are in the system's memory.",
    'Listing reads ignore files only; the first scan reads up to 50,000 files, the second finds them unchanged.',
    '',
    ...table(['layout', 'files', 'folders', 'list', 'first scan', 'second scan'], rows),
    '',
    `Listed within ${listedMsMax / 1_000} s without holding the event loop for more than ${delayMsMax} ms: ${isMet ? 'yes' : 'no'}.`,
  ];
}

void main();
