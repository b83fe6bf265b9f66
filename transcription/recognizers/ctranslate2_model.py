"""A checkpoint of openai-whisper's as a model of CTranslate2: the very same weights, for its faster engine.

A converted model is a folder, made once and made anew when the checkpoint it came from has changed. It holds all that
`faster_whisper.WhisperModel` looks for, so nothing is ever fetched. Names and layout of the weights are those of
`ctranslate2.specs.WhisperSpec`, revision 3: https://github.com/OpenNMT/CTranslate2
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from transcription.errors import ModelError
from transcription.models import load_checkpoint, set_alignment_heads, sha256_of
from transcription.recognizers.prompts import tokenizer_of

if TYPE_CHECKING:
    import tokenizers
    import torch
    from whisper import Whisper
    from whisper.tokenizer import Tokenizer

_SOURCE = "source.json"
_LAYOUT = 1  # of what is written here; a folder with another number is made anew


def convert(checkpoint: Path, folder: Path, quantization: str = "int8") -> Path:
    """Write a checkpoint in openai-whisper's format as a CTranslate2 model into `folder`, unless it is there already.

    `quantization` is one of CTranslate2's: 'int8', 'float16', 'float32' and so on. The folder, which is returned,
    appears as a whole or not at all. Raises `ModelError` where the checkpoint is missing or none of Whisper's.
    """
    source: dict[str, object] = {"layout": _LAYOUT, "sha256": sha256_of(checkpoint), "quantization": quantization}
    if _source_of(folder) == source:
        return folder
    model = load_checkpoint(checkpoint, "cpu")
    set_alignment_heads(model, str(source["sha256"]))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as room:
        made = Path(room) / "made"
        made.mkdir()
        _write(model, made, quantization)
        (made / _SOURCE).write_text(json.dumps(source), encoding="ascii")
        _put_in_place(made, folder, Path(room) / "former")
    return folder


def _source_of(folder: Path) -> object:
    """What a converted model was made from; None where there is none."""
    try:
        return json.loads((folder / _SOURCE).read_text(encoding="ascii"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def source_sha256(folder: Path) -> str:
    """Sum of the checkpoint that a converted model was made from."""
    return str(json.loads((folder / _SOURCE).read_text(encoding="ascii"))["sha256"])


def _put_in_place(made: Path, folder: Path, former: Path) -> None:
    for path in (*made.iterdir(), made):
        _sync(path)
    if _source_of(folder) == _source_of(made):
        return  # another process has put the same there meanwhile
    with suppress(FileNotFoundError):
        folder.rename(former)
    made.rename(folder)
    _sync(folder.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(model: Whisper, folder: Path, quantization: str) -> None:
    tokenizer = _tokenizer_of(model)
    spec = _spec(model)
    spec.register_vocabulary(vocabulary(tokenizer))
    spec.config.suppress_ids = sorted({*tokenizer.non_speech_tokens, *_tokens_without_text(tokenizer)})
    spec.config.suppress_ids_begin = [*tokenizer.encode(" "), tokenizer.eot]
    spec.config.lang_ids = list(tokenizer.all_language_tokens) if model.is_multilingual else []
    spec.config.alignment_heads = model.alignment_heads.indices().T.tolist()
    spec.validate()
    spec.optimize(quantization)
    spec.save(str(folder))
    fast_tokenizer(tokenizer).save(str(folder / "tokenizer.json"))
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": model.dims.n_mels}), encoding="ascii")


def _tokens_without_text(tokenizer: Tokenizer) -> tuple[int, ...]:
    """What Whisper never lets a model write, as in `whisper.decoding.DecodingTask`."""
    return (
        tokenizer.transcribe,
        tokenizer.translate,
        tokenizer.sot,
        tokenizer.sot_prev,
        tokenizer.sot_lm,
        tokenizer.no_speech,
    )


def _spec(model: Whisper) -> Any:
    """The weights under CTranslate2's names."""
    from ctranslate2.specs import WhisperSpec

    dims, encoder, decoder = model.dims, model.encoder, model.decoder
    spec = WhisperSpec(dims.n_audio_layer, dims.n_audio_head, dims.n_text_layer, dims.n_text_head)
    _set(spec.encoder.conv1, encoder.conv1.weight, encoder.conv1.bias)
    _set(spec.encoder.conv2, encoder.conv2.weight, encoder.conv2.bias)
    spec.encoder.position_encodings.encodings = _array(encoder.positional_embedding)
    for layer, block in zip(spec.encoder.layer, encoder.blocks, strict=True):
        _set_self_attention(layer, block)
        _set_feed_forward(layer, block)
    _set_norm(spec.encoder.layer_norm, encoder.ln_post)

    spec.decoder.embeddings.weight = _array(decoder.token_embedding.weight)
    spec.decoder.projection.weight = spec.decoder.embeddings.weight  # stored once, for the spec sees they are one
    spec.decoder.position_encodings.encodings = _array(decoder.positional_embedding)
    for layer, block in zip(spec.decoder.layer, decoder.blocks, strict=True):
        _set_self_attention(layer, block)
        _set_cross_attention(layer, block)
        _set_feed_forward(layer, block)
    _set_norm(spec.decoder.layer_norm, decoder.ln)
    return spec


def _set_self_attention(layer: Any, block: Any) -> None:
    """Queries, keys and values become one matrix."""
    _set_norm(layer.self_attention.layer_norm, block.attn_ln)
    fused, out = layer.self_attention.linear
    _set(fused, *_stacked(block.attn.query, block.attn.key, block.attn.value))
    _set(out, block.attn.out.weight, block.attn.out.bias)


def _set_cross_attention(layer: Any, block: Any) -> None:
    """Queries come from the text, keys and values, as one matrix, from the sound."""
    attention = block.cross_attn
    _set_norm(layer.attention.layer_norm, block.cross_attn_ln)
    queries, fused, out = layer.attention.linear
    _set(queries, attention.query.weight, attention.query.bias)
    _set(fused, *_stacked(attention.key, attention.value))
    _set(out, attention.out.weight, attention.out.bias)


def _set_feed_forward(layer: Any, block: Any) -> None:
    _set_norm(layer.ffn.layer_norm, block.mlp_ln)
    _set(layer.ffn.linear_0, block.mlp[0].weight, block.mlp[0].bias)
    _set(layer.ffn.linear_1, block.mlp[2].weight, block.mlp[2].bias)


def _stacked(*linears: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight and bias of several layers as one; Whisper's keys have no bias."""
    import torch

    weight = torch.cat([linear.weight for linear in linears])
    bias = [torch.zeros(len(linear.weight)) if linear.bias is None else linear.bias for linear in linears]
    return weight, torch.cat(bias)


def _set(linear: Any, weight: torch.Tensor, bias: torch.Tensor) -> None:
    linear.weight, linear.bias = _array(weight), _array(bias)


def _set_norm(norm: Any, source: Any) -> None:
    norm.gamma, norm.beta = _array(source.weight), _array(source.bias)


def _array(weight: torch.Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = weight.detach().float().numpy()
    return found


def vocabulary(tokenizer: Tokenizer) -> list[str]:
    """All tokens of Whisper's in order: those of text with a letter for each byte, the others by name."""
    encoding, letters = tokenizer.encoding, _byte_letters()
    named = {number: name for name, number in tokenizer.special_tokens.items()}
    return [
        named[token] if token in named else "".join(letters[b] for b in encoding.decode_single_token_bytes(token))
        for token in range(encoding.n_vocab)
    ]


def fast_tokenizer(tokenizer: Tokenizer) -> tokenizers.Tokenizer:
    """Whisper's tokens for the package `tokenizers`, which faster-whisper reads and writes text with.

    Whisper's own joins the two neighbours that make the token of the lowest number, whichever two they are; the
    package wants to be told every pair, in order.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    numbers = {token: number for number, token in enumerate(vocabulary(tokenizer))}
    text = {token: number for token, number in numbers.items() if token not in tokenizer.special_tokens}
    pairs = [
        (token[:cut], token[cut:])
        for token in sorted(text, key=text.__getitem__)
        for cut in range(1, len(token))
        if token[:cut] in text and token[cut:] in text
    ]
    fast = Tokenizer(models.BPE(vocab=text, merges=pairs))
    fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    fast.decoder = decoders.ByteLevel()
    named = sorted(tokenizer.special_tokens, key=numbers.__getitem__)
    fast.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in named])
    return fast


def _byte_letters() -> list[str]:
    """The letter that stands for each byte, as in GPT-2: itself where it can be seen, else one from U+0100 on."""
    seen = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in seen]
    return [chr(byte) if byte in seen else chr(256 + hidden.index(byte)) for byte in range(256)]


def _tokenizer_of(model: Whisper) -> Tokenizer:
    tokenizer = tokenizer_of(model.is_multilingual, model.num_languages, "en")
    tokens, known = model.dims.n_vocab, tokenizer.encoding.n_vocab
    if tokens != known:
        raise ModelError(
            f"The model has {tokens} tokens, and Whisper's vocabulary {known}. "
            'Use it with `engine = "openai-whisper"` in the study file, or use one of Whisper\'s own models.'
        )
    return tokenizer
