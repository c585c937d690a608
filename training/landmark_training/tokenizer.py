"""Byte-level BPE built from a GGUF's tokens and merges."""

from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

QWEN2_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CONTROL_TOKEN_TYPES = (3, 4)  # llama.cpp: 3 control, 4 user defined


def tokenizer_from_gguf(reader) -> Tokenizer:
    """reader: gguf.GGUFReader. Raises where the pre-tokenizer is not one of the known two."""
    def field(name: str):
        return reader.fields[f"tokenizer.ggml.{name}"].contents()

    tokens = field("tokens")
    merges = [tuple(merge.split(" ")) for merge in field("merges")]
    tokenizer = Tokenizer(models.BPE(vocab={token: id for id, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = _pre_tokenizer(field("pre"))
    tokenizer.decoder = decoders.ByteLevel()
    special = [token for token, kind in zip(tokens, field("token_type")) if kind in CONTROL_TOKEN_TYPES]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    return tokenizer


def _pre_tokenizer(kind: str):
    if kind == "qwen2":
        return pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(QWEN2_SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ])
    if kind == "smollm":
        return pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ])
    raise ValueError(f"unknown pre-tokenizer {kind!r}: expected qwen2 or smollm")


def as_plain_text(tokenizer: Tokenizer, text: str) -> str:
    """Text of a workspace or a user must not write special tokens: a zero-width joiner breaks them up."""
    for token in tokenizer.get_added_tokens_decoder().values():
        text = text.replace(token.content, token.content[0] + "\u200d" + token.content[1:])
    return text


def save_tokenizer(tokenizer: Tokenizer, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path), pretty=False)
