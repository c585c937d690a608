import { expect, test } from 'vitest';
import type { RawKv } from '../../server/model/kvCache';
import { TurnMemory } from '../../server/model/turnMemory';
import { rememberedTurns, threadRoomTokens, turnsUsed } from '../../server/answering/thread';

const kv = (tokens: number): RawKv => ({
  tokens,
  keys: new Float32Array(tokens),
  values: new Float32Array(tokens),
});
const turn = (name: string) => ({ question: `${name}?`, answer: `${name}.` });

test('remembers a turn by what was asked and answered', () => {
  const memory = new TurnMemory();
  const said = kv(3);
  memory.add(turn('a'), said);
  expect(memory.get({ question: ' a?\n', answer: 'a.' })).toBe(said);
  expect(memory.get({ question: 'a?', answer: 'b.' })).toBeUndefined();
  memory.clear();
  expect(memory.get(turn('a'))).toBeUndefined();
});

test('forgets what was not used for longest, within its bytes', () => {
  const memory = new TurnMemory(8 * 10);
  memory.add(turn('a'), kv(4));
  memory.add(turn('b'), kv(4));
  memory.get(turn('a'));
  memory.add(turn('c'), kv(4));
  expect(memory.get(turn('b'))).toBeUndefined();
  expect(memory.get(turn('a'))).toBeDefined();
  memory.add(turn('a'), kv(6));
  expect(memory.get(turn('c'))).toBeDefined();
  memory.add(turn('d'), kv(11));
  expect(memory.get(turn('d'))).toBeUndefined();
});

test('a thread is remembered whole, as far as the room goes back, or not at all', () => {
  const memory = new TurnMemory();
  const turns = Array.from({ length: turnsUsed + 2 }, (_, i) => turn(`${i}`));
  expect(rememberedTurns([], memory)).toBeUndefined();
  for (const one of turns.slice(-turnsUsed)) memory.add(one, kv(10));
  expect(rememberedTurns(turns, memory)).toHaveLength(turnsUsed);
  expect(rememberedTurns(turns.slice(0, -1), memory)).toBeUndefined();
  memory.add(turns.at(-2)!, kv(threadRoomTokens - 5));
  expect(rememberedTurns(turns, memory)).toHaveLength(1);
  memory.add(turns.at(-1)!, kv(threadRoomTokens + 1));
  expect(rememberedTurns(turns, memory)).toBeUndefined();
});
