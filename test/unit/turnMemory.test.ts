import { expect, test } from 'vitest';
import type { RawKv } from '../../server/model/kvCache';
import { TurnMemory } from '../../server/model/turnMemory';
import { rememberedTurns, threadRoomTokens, turnsUsed } from '../../server/answering/thread';

const kv = (tokens: number): RawKv => ({
  tokens,
  keys: new Float32Array(tokens),
  values: new Float32Array(tokens),
});
const said = (name: string) => ({ question: `${name}?`, answer: `${name}.` });
const turn = (name: string) => ({ workspace: 'w', ...said(name) });

test('remembers a turn by what was asked and answered', () => {
  const memory = new TurnMemory();
  const kept = kv(3);
  memory.add(turn('a'), kept);
  expect(memory.get({ workspace: 'w', question: ' a?\n', answer: 'a.' })).toBe(kept);
  expect(memory.get({ workspace: 'w', question: 'a?', answer: 'b.' })).toBeUndefined();
  expect(memory.get({ ...turn('a'), workspace: 'v' })).toBeUndefined();
  memory.clear();
  expect(memory.get(turn('a'))).toBeUndefined();
});

test('forgets what was not used for longest, within its bytes', () => {
  const memory = new TurnMemory(8 * 10);
  memory.add(turn('a'), kv(4));
  memory.add(turn('b'), kv(4));
  memory.use(turn('a'));
  memory.add(turn('c'), kv(4));
  expect(memory.get(turn('b'))).toBeUndefined();
  expect(memory.get(turn('a'))).toBeDefined();
  memory.add(turn('a'), kv(6));
  expect(memory.get(turn('c'))).toBeDefined();
  // What is too large for all of it makes nothing else go.
  memory.add(turn('d'), kv(11));
  expect(memory.get(turn('d'))).toBeUndefined();
  expect(memory.get(turn('c'))).toBeDefined();
});

test('a thread is remembered whole, as far as the room goes back, or not at all', () => {
  const memory = new TurnMemory();
  const names = Array.from({ length: turnsUsed + 2 }, (_, i) => `${i}`);
  const remembered = (thread: string[]): RawKv[] | undefined =>
    rememberedTurns(thread.map(said), 'w', memory);
  expect(remembered([])).toBeUndefined();
  for (const name of names.slice(-turnsUsed)) memory.add(turn(name), kv(10));
  expect(remembered(names)).toHaveLength(turnsUsed);
  expect(rememberedTurns(names.map(said), 'v', memory)).toBeUndefined();
  expect(remembered(names.slice(0, -1))).toBeUndefined();
  memory.add(turn(names.at(-2)!), kv(threadRoomTokens - 5));
  expect(remembered(names)).toHaveLength(1);
  memory.add(turn(names.at(-1)!), kv(threadRoomTokens + 1));
  expect(remembered(names)).toBeUndefined();
});

test('a thread that outgrows the memory loses its oldest turn', () => {
  const memory = new TurnMemory(8 * 40);
  const thread: string[] = [];
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    rememberedTurns(thread.map(said), 'w', memory);
    thread.push(name);
    memory.add(turn(name), kv(10));
  }
  expect(memory.get(turn('a'))).toBeUndefined();
  expect(rememberedTurns(['b', 'c', 'd', 'e'].map(said), 'w', memory)).toHaveLength(4);
});
