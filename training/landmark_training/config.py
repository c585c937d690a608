"""What a base model looks like, read from its GGUF metadata, and the constants of a model package."""

from dataclasses import asdict, dataclass
from pathlib import Path

# The package's identity. Changing any of these makes stored blocks and trained landmarks void.
PREFIX_TEXT = "<|im_start|>system\nAnswer from these files of the repository.\n"
FILE_SEPARATORS = ("<|file_sep|>", "<file_sep>")  # the first one in the vocabulary is used
END_OF_TURN = "<|im_end|>"  # its embedding starts the landmark's embedding
QUESTION_HEAD = "<|im_start|>user\n"
QUESTION_TAIL = "<|im_end|>\n"
ANSWER_HEAD = "<|im_start|>assistant\n"
# How many tokens at a question's start and end the mean query leaves out: what head and tail are to the default
# base's tokenizer, fixed for all of them.
QUESTION_MARGINS = (3, 2)

BLOCK_TOKENS = 63
WINDOW_TOKENS = 512
HEADER_PATH_TOKENS = 40
QUESTION_TOKENS = 256
TRAINING_QUESTION_TOKENS = 96

DEFAULT_ROUTING_LAYERS = (2, 5, 6, 7, 8, 11)
DEFAULT_RANK = 32

CACHE = Path(__file__).parents[1] / ".cache"
REPORTS = Path(__file__).parents[1] / "reports"
MODELS = Path(__file__).parents[2] / "models"


@dataclass(frozen=True)
class BaseShape:
    """Dimensions of a decoder of the Qwen2 or Llama family; fields are named as in the manifest."""

    architecture: str
    layers: int
    width: int
    heads: int
    kvHeads: int
    headDim: int
    feedForward: int
    vocabulary: int
    ropeTheta: float
    normEps: float
    qkvBias: bool
    tied: bool
    # Which two components of a head turn together: "halves" (c, c + headDim / 2) or
    # "adjacent" (2c, 2c + 1). GGUF files of the llama architecture are stored for "adjacent".
    rotaryPairs: str

    @property
    def groupHeads(self) -> int:
        """Query heads that share one kv head."""
        return self.heads // self.kvHeads

    def as_dict(self) -> dict:
        return asdict(self)


def shape_from_gguf(reader) -> BaseShape:
    """reader: gguf.GGUFReader of a base model."""

    def field(name: str, default=None):
        entry = reader.fields.get(name)
        return default if entry is None else entry.contents()

    architecture = field("general.architecture")
    if architecture not in ("qwen2", "llama"):
        raise ValueError(f"unknown architecture {architecture!r}: expected qwen2 or llama")
    names = {tensor.name for tensor in reader.tensors}
    width = field(f"{architecture}.embedding_length")
    heads = field(f"{architecture}.attention.head_count")
    return BaseShape(
        architecture=architecture,
        layers=field(f"{architecture}.block_count"),
        width=width,
        heads=heads,
        kvHeads=field(f"{architecture}.attention.head_count_kv", heads),
        headDim=field(f"{architecture}.attention.key_length", width // heads),
        feedForward=field(f"{architecture}.feed_forward_length"),
        vocabulary=len(field("tokenizer.ggml.tokens")),
        ropeTheta=float(field(f"{architecture}.rope.freq_base", 10000.0)),
        normEps=float(field(f"{architecture}.attention.layer_norm_rms_epsilon")),
        qkvBias="blk.0.attn_q.bias" in names,
        tied="output.weight" not in names,
        rotaryPairs="adjacent" if architecture == "llama" else "halves",
    )
