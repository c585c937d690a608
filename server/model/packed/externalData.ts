/**
 * Where an ONNX graph's numbers lie outside of its file.
 *
 *     ModelProto          graph 7, functions 25
 *     GraphProto          node 1, initializer 5, sparse_initializer 15
 *     NodeProto           attribute 5
 *     AttributeProto      t 5, g 6, tensors 10, graphs 11, sparse_tensor 22, sparse_tensors 23
 *     TensorProto         name 8, external_data 13 (key 1, value 2):
 *         location          a file in the graph's folder
 *         offset, length    bytes of it
 *         prepacked_<n>     <operator>+<hash of what follows>|<offset>;<length>;<checksum>, and more such triples where a
 *                           kernel packs into several: the same numbers as ONNX Runtime packs them for a processor
 */

import { fieldsOf, mapFields } from './protobuf';

const modelProto = { graph: 7, functions: 25 };
const graphProto = { node: 1, initializer: 5, sparseInitializer: 15 };
const nodeProto = { attribute: 5 };
const attributeProto = { tensor: 5, graph: 6, tensors: 10, graphs: 11, sparseTensor: 22, sparseTensors: 23 };
const tensorProto = { name: 8, externalData: 13 };
const entryProto = { key: 1, value: 2 };

/** Graphs may hold graphs; ours are two deep. */
const graphDepthMax = 8;

const prepackedKey = /^prepacked_\d+$/;
const prepackedValue = /^(\w+\+\d+)\|(\d+;\d+;\d+(?:;\d+;\d+;\d+)*)$/;
const wholeNumber = /^\d+$/;

export interface ByteRange {
  offset: number;
  bytes: number;
}

export interface Relocation {
  /** The file that every number lies in before, and after. */
  from: string;
  to: string;
  /** Where a range of the one lies in the other. */
  place: (range: ByteRange) => number;
}

/** Every range of `file` that the graph has numbers in. */
export function externalRanges(model: Uint8Array, file: string): ByteRange[] {
  const ranges: ByteRange[] = [];
  const place = (range: ByteRange): number => {
    ranges.push(range);
    return range.offset;
  };
  relocate(model, { from: file, to: file, place });
  return ranges;
}

/**
 * The graph, with its numbers at other places.
 *
 * @throws where it has numbers at a place or in a spelling that is not known, since they would be left behind
 */
export function relocate(model: Uint8Array, relocation: Relocation): Uint8Array {
  let graphCount = 0;
  const relocated = mapFields(model, (number, content) => {
    if (number === modelProto.functions) throw new Error('the graph has functions of its own');
    if (number !== modelProto.graph) return content;
    graphCount++;
    return relocateGraph(content, relocation);
  });
  if (graphCount !== 1) throw new Error(`a model with ${graphCount} graphs`);
  return relocated;
}

function relocateGraph(graph: Uint8Array, relocation: Relocation): Uint8Array {
  return mapFields(graph, (number, content) => {
    if (number === graphProto.initializer) return relocateTensor(content, relocation);
    if (number === graphProto.sparseInitializer) throw new Error('the graph has sparse numbers');
    if (number === graphProto.node) checkNode(content, 1);
    return content;
  });
}

function relocateTensor(tensor: Uint8Array, relocation: Relocation): Uint8Array {
  const entries = externalEntries(tensor);
  if (entries.size === 0) return tensor;
  const [location, offset, bytes] = ['location', 'offset', 'length'].map((key) => entries.get(key));
  if (location !== relocation.from) throw new Error(`${nameOf(tensor)} lies in ${location ?? 'no file'}`);
  const range = { offset: numberOf(offset, tensor), bytes: numberOf(bytes, tensor) };
  const values = new Map([
    ['location', relocation.to],
    ['offset', String(relocation.place(range))],
  ]);
  for (const [key, value] of entries) {
    if (prepackedKey.test(key)) values.set(key, relocatePrepacked(value, tensor, relocation));
    else if (!['location', 'offset', 'length', 'checksum'].includes(key)) throw unknown(tensor, key);
  }
  return mapFields(tensor, (number, content) =>
    number === tensorProto.externalData ? withValue(content, values) : content,
  );
}

function relocatePrepacked(value: string, tensor: Uint8Array, { place }: Relocation): string {
  const [, name, blobs] = prepackedValue.exec(value) ?? [];
  if (name === undefined || blobs === undefined) throw unknown(tensor, value);
  const parts = blobs.split(';');
  for (let at = 0; at < parts.length; at += 3) {
    const range = { offset: numberOf(parts[at], tensor), bytes: numberOf(parts[at + 1], tensor) };
    parts[at] = String(place(range));
  }
  return `${name}|${parts.join(';')}`;
}

function externalEntries(tensor: Uint8Array): Map<string, string> {
  const entries = new Map<string, string>();
  for (const { number, content } of fieldsOf(tensor)) {
    if (number !== tensorProto.externalData || !content) continue;
    const key = textOf(content, entryProto.key);
    if (entries.has(key)) throw unknown(tensor, `${key} twice`);
    entries.set(key, textOf(content, entryProto.value));
  }
  return entries;
}

function withValue(entry: Uint8Array, values: ReadonlyMap<string, string>): Uint8Array {
  const value = values.get(textOf(entry, entryProto.key));
  if (value === undefined || value === textOf(entry, entryProto.value)) return entry;
  return mapFields(entry, (number, content) => (number === entryProto.value ? Buffer.from(value) : content));
}

/** Tensors inside of a node are left where they are, so none of them may lie outside of the graph's file. */
function checkNode(node: Uint8Array, depth: number): void {
  for (const attribute of contentsOf(node, nodeProto.attribute)) {
    for (const { number, content } of fieldsOf(attribute)) {
      if (!content) continue;
      const { tensor, tensors, graph, graphs, sparseTensor, sparseTensors } = attributeProto;
      if (number === tensor || number === tensors) checkTensor(content);
      if (number === graph || number === graphs) checkSubgraph(content, depth);
      if (number === sparseTensor || number === sparseTensors) throw new Error('a node has sparse numbers');
    }
  }
}

function checkSubgraph(graph: Uint8Array, depth: number): void {
  if (depth > graphDepthMax) throw new Error(`graphs are more than ${graphDepthMax} deep`);
  for (const { number, content } of fieldsOf(graph)) {
    if (!content) continue;
    if (number === graphProto.initializer) checkTensor(content);
    if (number === graphProto.sparseInitializer) throw new Error('a subgraph has sparse numbers');
    if (number === graphProto.node) checkNode(content, depth + 1);
  }
}

function checkTensor(tensor: Uint8Array): void {
  if (externalEntries(tensor).size > 0) throw new Error(`${nameOf(tensor)} of a subgraph lies outside`);
}

function nameOf(tensor: Uint8Array): string {
  return textOf(tensor, tensorProto.name) || 'a tensor without a name';
}

function textOf(message: Uint8Array, number: number): string {
  const [content] = contentsOf(message, number);
  return content ? Buffer.from(content).toString() : '';
}

function contentsOf(message: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const { number, content } of fieldsOf(message)) if (number === wanted && content) found.push(content);
  return found;
}

function numberOf(text: string | undefined, tensor: Uint8Array): number {
  const value = Number(text);
  if (text === undefined || !wholeNumber.test(text) || !Number.isSafeInteger(value)) {
    throw unknown(tensor, `the number ${text ?? 'that is not there'}`);
  }
  return value;
}

function unknown(tensor: Uint8Array, what: string): Error {
  return new Error(`${nameOf(tensor)} has external data that is not known: ${what}`);
}
