/**
 * Rewrites `accuracy_level = 4` of every matrix product of a graph to 0, byte for byte in the ONNX file.
 *
 * An attribute is the protobuf message AttributeProto: name (field 1, string), i (field 3, varint), type
 * (field 20). `accuracy_level` therefore reads `0a 0e "accuracy_level" 18 04`.
 */
export function withExactProducts(graph: Uint8Array): Uint8Array {
  const name = 'accuracy_level';
  const pattern = Buffer.concat([Buffer.from([0x0a, name.length]), Buffer.from(name), Buffer.from([0x18])]);
  const copy = Buffer.from(graph);
  let count = 0;
  for (let at = copy.indexOf(pattern); at >= 0; at = copy.indexOf(pattern, at + 1)) {
    const value = at + pattern.length;
    if (copy[value] !== 4) throw new Error(`accuracy_level is ${String(copy[value])} at byte ${value}`);
    copy[value] = 0;
    count++;
  }
  if (count === 0) throw new Error('the graph has no quantized matrix product');
  return copy;
}
