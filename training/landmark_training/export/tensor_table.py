"""Where each tensor of a GGUF file, each landmark tensor and each delta of answers lies in the weights file, and in which form.

The weights file itself is written on the user's machine by `server/model/convert.ts` from this table. Besides the forms
below, which do not round again, a matrix W [rows, columns] may be wanted in int8: `levels` [columns, rows] and `rowScales`
[rows], w = level * scale of its row.

Forms of a quantized matrix W [rows, columns] (GGML stores blocks along the columns):

| GGML type | bits | block | quants                 | w                              |
|-----------|------|-------|------------------------|--------------------------------|
| Q5_0      | 8    | 32    | q5 - 16 + 128          | scale * (quant - 128)          |
| Q8_0      | 8    | 32    | q8 + 128               | scale * (quant - 128)          |
| Q6_K      | 8    | 16    | q6 - 32 + 128          | scale * (quant - 128)          |
| Q4_0      | 4    | 32    | q4                     | scale * (quant - 8)            |
| Q4_1      | 4    | 32    | q4                     | scale * (quant - 8) + offset   |
| Q4_K      | 4    | 32    | q4                     | scale * (quant - 8) + offset   |

`MatMulNBits` computes the part before `+ offset` with the default zero
point; the offset is the same for a whole block, so its share of a product is (sum of the inputs of the
block) * offset, one narrow fp32 product. (A float zero point would say the same, but the operator then
unpacks the whole matrix at every call.)
"""

from __future__ import annotations

from dataclasses import dataclass, field

ALIGNMENT_BYTES = 64

# GGML type -> (bits, block, has offsets)
QUANTIZED_FORMS: dict[str, tuple[int, int, bool]] = {
    "Q5_0": (8, 32, False),
    "Q8_0": (8, 32, False),
    "Q6_K": (8, 16, False),
    "Q4_0": (4, 32, False),
    "Q4_1": (4, 32, True),
    "Q4_K": (4, 32, True),
}
FLOAT_TYPES = ("F32", "F16")


@dataclass(frozen=True)
class StoredTensor:
    """One initializer of the graphs: a byte range of the weights file."""

    name: str
    source: str  # "gguf" | "landmarks" | "answers" | "rotary"
    tensor: str  # name inside the source
    part: str  # "quants" | "scales" | "offsets" | "levels" | "rowScales" | "float"
    dtype: str  # "uint8" | "int8" | "float32"
    shape: tuple[int, ...]
    offset: int
    bytes: int
    firstColumn: int  # of levels and row scales, which may be of some columns alone


@dataclass
class TensorTable:
    """Collects tensors in the order in which they are asked for; equal names are stored once."""

    entries: dict[str, StoredTensor] = field(default_factory=dict)
    size: int = 0

    def add(self, name: str, source: str, tensor: str, part: str, dtype: str, shape: tuple[int, ...],
            firstColumn: int = 0) -> StoredTensor:
        known = self.entries.get(name)
        if known is not None:
            return known
        count = 1
        for length in shape:
            count *= length
        size = count * (4 if dtype == "float32" else 1)
        entry = StoredTensor(name, source, tensor, part, dtype, shape, self.size, size, firstColumn)
        self.entries[name] = entry
        self.size += -(-size // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
        return entry

    def to_json(self) -> dict[str, object]:
        return {
            "format": 1,
            "bytes": self.size,
            "tensors": [
                {
                    "name": e.name,
                    "source": e.source,
                    "tensor": e.tensor,
                    "part": e.part,
                    "dtype": e.dtype,
                    "shape": list(e.shape),
                    "offset": e.offset,
                    "bytes": e.bytes,
                    **({"firstColumn": e.firstColumn} if e.firstColumn else {}),
                }
                for e in self.entries.values()
            ],
        }


@dataclass(frozen=True)
class BaseTensors:
    """Types and shapes of a GGUF file's tensors: name -> (GGML type, [rows, columns] or [length])."""

    types: dict[str, str]
    shapes: dict[str, tuple[int, ...]]

    def has(self, name: str) -> bool:
        return name in self.types

    def form(self, name: str) -> tuple[int, int, bool] | None:
        """(bits, block, has offsets) of a quantized matrix, None for a float tensor."""
        kind = self.types[name]
        if kind in FLOAT_TYPES:
            return None
        if kind not in QUANTIZED_FORMS:
            raise ValueError(f"{name} is stored as {kind}, which has no form here; known: {sorted(QUANTIZED_FORMS)}")
        return QUANTIZED_FORMS[kind]
