/**
 * ONNX models of one node, written as protocol buffers by hand: enough for a probe, so that no graph has to be made
 * elsewhere. Field numbers: onnx.proto of ONNX IR version 8.
 */

/** TensorProto.DataType */
export const elementTypes = { float32: 1, uint8: 2, int8: 3, int32: 6 } as const;

export type ElementType = keyof typeof elementTypes;

export interface TensorShape {
  name: string;
  type: ElementType;
  dims: readonly number[];
}

export interface Constant extends TensorShape {
  bytes: Uint8Array;
}

export interface OneNode {
  operator: string;
  /** Names of inputs and constants, as the operator takes them. */
  operands: readonly string[];
  inputs: readonly TensorShape[];
  constants: readonly Constant[];
  output: TensorShape;
}

const irVersion = 8;
const operatorSet = 17;

/** ModelProto */
export function oneNodeModel({ operator, operands, inputs, constants, output }: OneNode): Uint8Array {
  // NodeProto
  const node = [
    ...operands.map((name) => text(1, name)),
    text(2, output.name),
    text(3, 'probe'),
    text(4, operator),
  ];
  // GraphProto
  const graph = [
    message(1, node),
    text(2, 'probe'),
    ...constants.map((constant) => message(5, tensor(constant))),
    ...inputs.map((input) => message(11, valueInfo(input))),
    message(12, valueInfo(output)),
  ];
  // OperatorSetIdProto
  const operatorSetId = [text(1, ''), integer(2, operatorSet)];
  return Buffer.concat([integer(1, irVersion), message(7, graph), message(8, operatorSetId)]);
}

/** TensorProto */
function tensor({ name, type, dims, bytes }: Constant): Buffer[] {
  return [
    ...dims.map((size) => integer(1, size)),
    integer(2, elementTypes[type]),
    text(8, name),
    field(9, bytes),
  ];
}

/** ValueInfoProto, TypeProto, TypeProto.Tensor, TensorShapeProto, Dimension */
function valueInfo({ name, type, dims }: TensorShape): Buffer[] {
  const shape = dims.map((size) => message(1, [integer(1, size)]));
  const tensorType = [integer(1, elementTypes[type]), message(2, shape)];
  return [text(1, name), message(2, [message(1, tensorType)])];
}

function message(number: number, parts: readonly Uint8Array[]): Buffer {
  return field(number, Buffer.concat(parts));
}

function text(number: number, value: string): Buffer {
  return field(number, Buffer.from(value));
}

/** Wire type 2: a length, then so many bytes. */
function field(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** Wire type 0. */
function integer(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

/** Seven bits a byte, the lowest first; the highest bit says that more follow. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}
