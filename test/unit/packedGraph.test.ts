/** Changing where an ONNX graph's numbers lie, byte by byte. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { externalRanges, relocate } from '../../server/model/packed/externalData';
import { bytesField, fieldsOf, mapFields } from '../../server/model/packed/protobuf';
import { packageFolder } from '../oracle/fixtures';

const toyGraphs = ['encoder.blocks', 'encoder.int8', 'reader.blocks', 'reader.int8'];
const read = (name: string): Buffer => readFileSync(join(packageFolder('toy-landmark'), `${name}.onnx`));
const weightsOf = (name: string): string => `weights.${name.split('.')[1]!}.bin`;

const text = (number: number, value: string): Uint8Array => bytesField(number, Buffer.from(value));
const message = (...fields: Uint8Array[]): Uint8Array => Buffer.concat(fields);
const entry = (key: string, value: string): Uint8Array =>
  bytesField(13, message(text(1, key), text(2, value)));
const tensor = (entries: Record<string, string>): Uint8Array =>
  message(text(8, 'W'), ...Object.entries(entries).map(([key, value]) => entry(key, value)));
const model = (...graph: Uint8Array[]): Uint8Array => bytesField(7, message(...graph));
const placed = { location: 'a.bin', offset: '16', length: '8' };

/** By path of field numbers, the first text there. */
function at(bytes: Uint8Array, ...path: number[]): Uint8Array[] {
  const [wanted, ...rest] = path;
  const found = [...fieldsOf(bytes)].flatMap(({ number, content }) =>
    number === wanted && content ? [content] : [],
  );
  return rest.length === 0 ? found : found.flatMap((content) => at(content, ...rest));
}
const textsAt = (bytes: Uint8Array, ...path: number[]): string[] =>
  at(bytes, ...path).map((content) => Buffer.from(content).toString());

describe.each(toyGraphs)('the toy graph %s', (name) => {
  const graph = read(name);
  const file = weightsOf(name);

  test('is the same where nothing is changed', () => {
    expect(externalRanges(graph, file).length).toBeGreaterThan(10);
    expect(relocate(graph, { from: file, to: file, place: ({ offset }) => offset })).toBe(graph);
  });

  test('is the same, byte by byte, where its graph and tensors are written anew', () => {
    const anew = mapFields(graph, (number, content) =>
      number !== 7
        ? content
        : mapFields(content, (inner, tensorBytes) =>
            inner === 5 ? Buffer.from(mapFields(tensorBytes, (_, each) => Buffer.from(each))) : tensorBytes,
          ),
    );
    expect(anew).not.toBe(graph);
    expect(Buffer.compare(anew, graph)).toBe(0);
  });

  test('keeps everything else where its numbers move, to offsets with more digits', () => {
    const far = 10 ** 12;
    const moved = relocate(graph, {
      from: file,
      to: 'another file.bin',
      place: ({ offset }) => offset + far,
    });
    expect(moved.length).toBeGreaterThan(graph.length);
    const ranges = externalRanges(graph, file);
    expect(externalRanges(moved, 'another file.bin')).toEqual(
      ranges.map(({ offset, bytes }) => ({ offset: offset + far, bytes })),
    );
    const back = relocate(moved, {
      from: 'another file.bin',
      to: file,
      place: ({ offset }) => offset - far,
    });
    expect(Buffer.compare(back, graph)).toBe(0);
  });
});

describe('what is packed', () => {
  const value = 'MatMul+123|4096;100;0;8192;7;9';
  const graph = model(text(2, 'name'), bytesField(5, tensor({ ...placed, prepacked_0: value })));

  test('moves with its tensor, hash and checksums as they were', () => {
    const ranges = externalRanges(graph, 'a.bin');
    expect(ranges).toEqual([
      { offset: 16, bytes: 8 },
      { offset: 4096, bytes: 100 },
      { offset: 8192, bytes: 7 },
    ]);
    const moved = relocate(graph, { from: 'a.bin', to: 'b.bin', place: ({ offset }) => offset * 1000 });
    expect(textsAt(moved, 7, 5, 13, 2)).toEqual([
      'b.bin',
      '16000',
      '8',
      'MatMul+123|4096000;100;0;8192000;7;9',
    ]);
    expect(textsAt(moved, 7, 2)).toEqual(['name']);
  });

  test('needs lengths of two bytes where it grows beyond 127', () => {
    const long = 'x'.repeat(300);
    const moved = relocate(graph, { from: 'a.bin', to: long, place: ({ offset }) => offset });
    expect(textsAt(moved, 7, 5, 13, 2)[0]).toBe(long);
    expect(textsAt(moved, 7, 5, 8)).toEqual(['W']);
  });
});

describe('a graph is refused', () => {
  const node = (...attribute: Uint8Array[]): Uint8Array =>
    bytesField(1, bytesField(5, message(...attribute)));
  const outside = tensor(placed);
  test.each<[string, Uint8Array, RegExp]>([
    ['whose numbers lie in another file', model(bytesField(5, tensor({ ...placed, location: 'b' }))), /in b/],
    [
      'that packs in an unknown spelling',
      model(bytesField(5, tensor({ ...placed, prepacked_0: 'M|1;2' }))),
      /not known: M\|1;2/,
    ],
    [
      'with a blob that is not whole',
      model(bytesField(5, tensor({ ...placed, prepacked_0: 'M+1|1;2;0;4' }))),
      /not known/,
    ],
    [
      'with an unknown key',
      model(bytesField(5, tensor({ ...placed, basepath: 'x' }))),
      /not known: basepath/,
    ],
    ['with an offset that is no number', model(bytesField(5, tensor({ ...placed, offset: '-1' }))), /-1/],
    ['without a length', model(bytesField(5, tensor({ location: 'a.bin', offset: '0' }))), /not there/],
    [
      'with a subgraph that lies outside',
      model(node(bytesField(6, bytesField(5, outside)))),
      /of a subgraph/,
    ],
    [
      'with a subgraph of a subgraph that lies outside',
      model(node(bytesField(11, node(bytesField(6, bytesField(5, outside)))))),
      /of a subgraph/,
    ],
    ['with a constant that lies outside', model(node(bytesField(5, outside))), /of a subgraph/],
    ['with sparse numbers', model(bytesField(15, message())), /sparse/],
    ['with functions', message(model(), bytesField(25, message())), /functions/],
    ['that is not there', text(2, 'producer'), /0 graphs/],
    ['that ends inside of a field', model(text(2, 'name')).subarray(0, 5), /no field of a message/],
    ['that ends inside of a number', Uint8Array.of(0x3a, 0xff), /no number/],
    [
      'with a number that does not end',
      Uint8Array.from([8, ...new Array<number>(11).fill(0xff)]),
      /no number/,
    ],
    ['with groups, which nobody writes any more', Uint8Array.of(0x0b), /wire type 3/],
  ])('%s', (_, graph, reason) => {
    expect(() => relocate(graph, { from: 'a.bin', to: 'a.bin', place: ({ offset }) => offset })).toThrow(
      reason,
    );
  });
});

test('numbers of every width are passed over', () => {
  const all = Uint8Array.from([8, 0x96, 1, 0x11, ...new Array<number>(8).fill(7), 0x1d, 1, 2, 3, 4]);
  const fields = [...fieldsOf(message(all, text(4, 'end')))];
  expect(fields.map(({ number, whole }) => [number, whole.length])).toEqual([
    [1, 3],
    [2, 9],
    [3, 5],
    [4, 5],
  ]);
});
