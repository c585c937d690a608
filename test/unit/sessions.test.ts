import type { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { ExpectedError } from '../../server/errors';
import type { Provider } from '../../server/model/runtime';
import { openSession, type OpenGraph } from '../../server/model/sessions';

const graph = {} as InferenceSession;

/** Starts a graph on these providers only. */
const opening =
  (working: readonly Provider[], tried: Provider[]): OpenGraph =>
  (path, provider) => {
    expect(path).toBe(`graph for ${provider}`);
    tried.push(provider);
    return working.includes(provider)
      ? Promise.resolve(graph)
      : Promise.reject(new Error(`${provider} broke\nat x`));
  };

const cases: {
  name: string;
  wanted: 'auto' | 'cuda' | 'cpu';
  working: Provider[];
  cudaAvailable: boolean;
  converted?: Provider[];
  tried: Provider[];
  provider?: Provider;
  note?: RegExp;
}[] = [
  {
    name: 'auto takes CUDA where it starts',
    wanted: 'auto',
    working: ['cuda', 'cpu'],
    cudaAvailable: true,
    tried: ['cuda'],
    provider: 'cuda',
  },
  {
    name: 'auto falls back quietly',
    wanted: 'auto',
    working: ['cpu'],
    cudaAvailable: true,
    tried: ['cuda', 'cpu'],
    provider: 'cpu',
  },
  {
    name: 'auto tries no CUDA where there is none',
    wanted: 'auto',
    working: ['cpu'],
    cudaAvailable: false,
    tried: ['cpu'],
    provider: 'cpu',
  },
  {
    name: 'cuda says why it was not used',
    wanted: 'cuda',
    working: ['cpu'],
    cudaAvailable: true,
    tried: ['cuda', 'cpu'],
    provider: 'cpu',
    note: /could not be used \(cuda: cuda broke\)/,
  },
  {
    name: 'cuda says that there is none',
    wanted: 'cuda',
    working: ['cpu'],
    cudaAvailable: false,
    tried: ['cpu'],
    provider: 'cpu',
    note: /its library is not installed/,
  },
  {
    name: 'cpu tries nothing else',
    wanted: 'cpu',
    working: ['cuda', 'cpu'],
    cudaAvailable: true,
    tried: ['cpu'],
    provider: 'cpu',
  },
  {
    name: 'cuda says that the model is not converted for it',
    wanted: 'cuda',
    working: ['cuda', 'cpu'],
    cudaAvailable: true,
    converted: ['cpu'],
    tried: ['cpu'],
    provider: 'cpu',
    note: /cuda: the model is not converted for it; run `landmark model add` again/,
  },
  { name: 'no provider works', wanted: 'auto', working: [], cudaAvailable: true, tried: ['cuda', 'cpu'] },
];

describe('a graph over packed weights', () => {
  const paths = { cpu: 'plain', cuda: 'blocks', packed: 'packed' };
  /** Starts these graphs only. */
  const starting =
    (working: readonly string[], tried: string[]): OpenGraph =>
    (path, provider) => {
      tried.push(`${path as string} on ${provider}`);
      return working.includes(path as string)
        ? Promise.resolve(graph)
        : Promise.reject(new Error(`no ${path as string}`));
    };

  it.each<{ name: string; working: string[]; tried: string[]; wanted: 'auto' | 'cuda'; note?: string }>([
    { name: 'is taken first', wanted: 'auto', working: ['packed', 'plain'], tried: ['packed on cpu'] },
    {
      name: 'is not missed where it fails',
      wanted: 'auto',
      working: ['plain'],
      tried: ['packed on cpu', 'plain on cpu'],
    },
    {
      name: 'says nothing of itself where it fails after CUDA',
      wanted: 'cuda',
      working: ['plain'],
      tried: ['blocks on cuda', 'packed on cpu', 'plain on cpu'],
      note: 'CUDA was asked for but could not be used (cuda: no blocks); running on the CPU.',
    },
    {
      name: 'is not for CUDA',
      wanted: 'cuda',
      working: ['blocks', 'packed', 'plain'],
      tried: ['blocks on cuda'],
    },
  ])('$name', async ({ wanted, working, tried, note }) => {
    const seen: string[] = [];
    const options = { provider: wanted, threads: 2 };
    const opened = await openSession(paths, options, starting(working, seen), wanted === 'cuda');
    expect(seen).toEqual(tried);
    expect(opened.note).toBe(note);
  });

  it('is told with the plain one where neither starts', async () => {
    const pending = openSession(paths, { provider: 'cpu', threads: 2 }, starting([], []), false);
    await expect(pending).rejects.toThrow(/no packed.*no plain/);
  });
});

describe('the execution provider', () => {
  it.each(cases)(
    '$name',
    async ({ wanted, working, cudaAvailable, converted = ['cuda', 'cpu'], tried, provider, note }) => {
      const seen: Provider[] = [];
      const paths = Object.fromEntries(converted.map((name) => [name, `graph for ${name}`]));
      const pending = openSession(
        paths,
        { provider: wanted, threads: 2 },
        opening(working, seen),
        cudaAvailable,
      );
      if (provider === undefined) await expect(pending).rejects.toThrow(ExpectedError);
      else {
        const opened = await pending;
        expect(opened.provider).toBe(provider);
        if (note) expect(opened.note).toMatch(note);
        else expect(opened.note).toBeUndefined();
      }
      expect(seen).toEqual(tried);
    },
  );
});
