"""Fixtures for the conversion of GGML blocks: random blocks of each type and what they dequantize to.

    python -m landmark_training.oracle.quant_forms
"""

from __future__ import annotations

import base64
import json

import gguf
import numpy as np

from ..export.tensor_table import QUANTIZED_FORMS
from .texts import REPOSITORY

SEED = 4
ROWS, COLUMNS = 3, 512
# Byte offsets of the fp16 numbers in a block, which must be finite.
FLOATS = {"Q8_0": (0,), "Q5_0": (0,), "Q4_0": (0,), "Q4_1": (0, 2), "Q4_K": (0, 2), "Q6_K": (208,)}


def random_blocks(rng: np.random.Generator, name: str) -> np.ndarray:
    """uint8 [ROWS, bytes of a row]; every bit pattern but for the scales is as likely as any other."""
    weights, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]]
    blocks = rng.integers(0, 256, (ROWS * COLUMNS // weights, size), dtype=np.uint8)
    for offset in FLOATS[name]:
        blocks[:, offset : offset + 2] = rng.normal(0, 0.05, (len(blocks), 1)).astype("<f2").view(np.uint8)
    return blocks.reshape(ROWS, -1)


def main() -> None:
    rng = np.random.default_rng(SEED)
    fixture = {"rows": ROWS, "columns": COLUMNS, "types": {}}
    for name in QUANTIZED_FORMS:
        blocks = random_blocks(rng, name)
        weights = gguf.quants.dequantize(blocks, gguf.GGMLQuantizationType[name]).astype("<f4")
        fixture["types"][name] = {
            "blocks": base64.b64encode(blocks.tobytes()).decode(),
            "weights": base64.b64encode(weights.tobytes()).decode(),
        }
    target = REPOSITORY / "test/oracle/fixtures/quant-forms.json"
    target.write_text(json.dumps(fixture) + "\n")


if __name__ == "__main__":
    main()
