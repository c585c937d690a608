"""Keys and values of the windows that are read, as the product makes them: by its reader graph over converted weights, which runs a
window four times as fast as bfloat16 in torch.

On disk by project, as float16 [tokens, layers, 2, G, C], keys before rotary position: a token's are one run of bytes, so that a reading
gathers runs.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from ..base import rotary_tables, rotate
from ..config import BaseShape
from .contexts import Reading
from .projects import Workspace

# Inputs of a product are rounded to so many steps on either side of zero (`input_step`, `input_zero` of the graph).
STEPS = 127


class Reader:
    """The product's reader, int8, out of the folder that `landmark model list` names."""

    def __init__(self, folder: Path, shape: BaseShape):
        path = folder / "reader.int8.onnx"
        if not path.exists():
            raise FileNotFoundError(f"no {path.name} in {folder}; `landmark model add` converts the base, `landmark model list` names the folder")
        self.shape, self.session = shape, onnxruntime.InferenceSession(str(path))
        empty = {one.name: np.zeros([size if isinstance(size, int) else 0 for size in one.shape], np.float32)
                 for one in self.session.get_inputs() if one.name.startswith(("given_", "run_key", "run_value"))}
        self.constants = empty | {"logit_count": np.array([1]), "input_step": np.array(1 / STEPS, np.float32),
                                  "input_zero": np.array(STEPS + 1, np.uint8)}
        # Text is read without deltas, whether the package has any already or not.
        self.hasDeltas = any(one.name == "answer_rows" for one in self.session.get_inputs())
        self.outputs = [f"{part}.{layer}" for layer in range(shape.layers) for part in ("key", "value")]

    def states(self, ids: list[int]) -> np.ndarray:
        """float16 [tokens, layers, 2, G, C]"""
        count = len(ids)
        rows = {"answer_rows": np.zeros((1, count, 1), np.float32)} if self.hasDeltas else {}
        given = {"tokens": np.array([ids]), "run_room": np.array([count])}
        found = self.session.run(self.outputs, self.constants | given | rows)
        states = np.concatenate(found)  # [layers * 2, tokens, G * C]
        return states.transpose(1, 0, 2).reshape(count, self.shape.layers, 2, self.shape.kvHeads, self.shape.headDim).astype(np.float16)


class ProjectStates:
    """Of some windows of one project: starts {window: its first row}."""

    def __init__(self, path: Path, starts: dict[int, int], shape: BaseShape):
        self.shape, self.starts = shape, starts
        self.rows = np.memmap(path, np.float16, "r").reshape(-1, shape.layers, 2, shape.kvHeads, shape.headDim)

    def context(self, reading: Reading) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys at consecutive rotary positions and values, each float32 [layers, G, F, C]."""
        pieces = [self.rows[self.starts[window] + start: self.starts[window] + end] for window, start, end in reading.pieces]
        rows = torch.from_numpy(np.concatenate(pieces)).float()  # [F, layers, 2, G, C]
        keys, values = rows.permute(2, 1, 3, 0, 4)  # [layers, G, F, C]
        cos, sin = rotary_tables(torch.arange(rows.shape[0]), self.shape)
        return rotate(keys, cos, sin, self.shape.rotaryPairs), values.contiguous()


def windows_read(readings: list[Reading]) -> dict[str, list[int]]:
    """{project: the windows that any reading needs, ascending}"""
    needed: dict[str, set[int]] = {}
    for reading in readings:
        needed.setdefault(reading.project, set()).update(window for window, _, _ in reading.pieces)
    return {project: sorted(windows) for project, windows in needed.items()}


def open_states(reader: Reader, workspaces: dict[str, Workspace], readings: list[Reading], folder: Path, say=print) -> dict[str, ProjectStates]:
    """{project: its states}; runs the reader over windows that have none yet."""
    folder.mkdir(parents=True, exist_ok=True)
    states, tokens = {}, 0
    for project, windows in windows_read(readings).items():
        ids = [workspaces[project].windows[window].ids for window in windows]
        name = hashlib.sha256(json.dumps([project, ids]).encode()).hexdigest()[:16]
        path = folder / f"{name}.states"
        if not path.exists():
            unfinished = path.with_suffix(".unfinished")
            with open(unfinished, "wb") as file:
                for each in ids:
                    reader.states(each).tofile(file)
            unfinished.replace(path)
        offsets = np.cumsum([0, *map(len, ids)])
        states[project] = ProjectStates(path, dict(zip(windows, offsets.tolist())), reader.shape)
        tokens += int(offsets[-1])
        say(f"{project}: {len(windows)} windows, {tokens} tokens so far")
    return states

