import { expect, test } from 'vitest';
import { modelAdded } from '../../cli/render/model';

test('a model that was added is told with what was left undone', () => {
  const model = {
    name: 'toy',
    folder: '/models/toy',
    state: 'ready' as const,
    weightsFolder: '/cache/toy',
    bytesOnDisk: 2_000_000,
    licence: 'Apache-2.0',
  };
  const line = 'toy is ready: 2.0 MB in /cache/toy (Apache-2.0).\n';
  expect(modelAdded(model)).toBe(line);
  expect(modelAdded({ ...model, note: 'Not packed\x1b[2J.' })).toBe(`${line}Not packed␛[2J.\n`);
});
