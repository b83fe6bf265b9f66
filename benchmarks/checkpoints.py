"""The models that are measured: the demo's, and checkpoints of Whisper's sizes with random weights.

A random checkpoint costs exactly what a trained one of its size costs, and writes the same in every engine: for each
window `TEXT_TOKENS` words between two timestamps, spread evenly over 30 s, whatever it hears. Two things in it are not
left to chance. The decoder's positional embedding, stronger than all that the layers add, points at the token which is
to be written next, so every engine chooses it at once and none has reason to decode again. And the queries of the heads
that give word times look for the place in the sound where that word is to be, so word times come out in order.
"""

from __future__ import annotations

import lzma
import math
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from whisper import Whisper
    from whisper.tokenizer import Tokenizer

DEMO_MODEL = Path(__file__).parents[1] / "demo" / "model" / "whisper-demo.pt.xz"
TEXT_TOKENS = 100  # in 30 s: an ordinary conversation has 150 words a minute, and a word 1.3 tokens

_FIRST = 2  # position of the prompt's last token (start, language, task), which chooses the first one written
_SIZES = {  # bands of the spectrum, states, heads, layers of the encoder, layers of the decoder, tokens
    "tiny": (80, 384, 6, 4, 4, 51_865),
    "base": (80, 512, 8, 6, 6, 51_865),
    "small": (80, 768, 12, 12, 12, 51_865),
    "medium": (80, 1024, 16, 24, 24, 51_865),
    "turbo": (128, 1280, 20, 32, 4, 51_866),
}
SIZES = tuple(_SIZES)
_STRENGTH = 12.0  # of a decoder position beside a token's embedding, which has length 1
_WEAKNESS = 0.05  # of what layers add, beside torch's own way of beginning
_SHARPNESS = 20.0  # of the attention to a place in the sound: by how much it stands out before the softmax
_PERIODS = (40.0, 3_000.0)  # frames of 20 ms: waves in the encoder's positions by which a place is found


def unpack_demo_model(target: Path) -> Path:
    with lzma.open(DEMO_MODEL) as packed, target.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return target


def write_random_checkpoint(size: str, target: Path, seed: int = 0) -> Path:
    """A checkpoint in openai-whisper's format, of the published multilingual model of that size, into `target`."""
    import torch
    from whisper import ModelDimensions, Whisper
    from whisper.tokenizer import get_tokenizer

    bands, states, heads, encoder_layers, decoder_layers, tokens = _SIZES[size]
    dims = ModelDimensions(bands, 1500, states, heads, encoder_layers, tokens, 448, states, heads, decoder_layers)
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        model = Whisper(dims)
        _weaken(model)
        written = _written(get_tokenizer(True, num_languages=model.num_languages))
        _point_at_tokens(model, written)
        _look_at_places(model, written)
    torch.save(
        {"dims": dims.__dict__, "model_state_dict": {k: v.half() for k, v in model.state_dict().items()}}, target
    )
    return target


def _written(tokenizer: Tokenizer) -> list[int]:
    """What is written from the position of the first token on: timestamp, words, timestamp, end."""
    words = [
        token
        for token in range(1_000, tokenizer.eot)
        if re.fullmatch(" [a-z]{2,9}", tokenizer.decode([token])) and token not in tokenizer.non_speech_tokens
    ]
    step = len(words) // TEXT_TOKENS
    begin = tokenizer.timestamp_begin
    return [begin, *words[::step][:TEXT_TOKENS], begin + 1500, tokenizer.eot]


def _weaken(model: Whisper) -> None:
    """Let what the layers add be small beside the positions, in both halves."""
    for block in [*model.encoder.blocks, *model.decoder.blocks]:
        attentions = [block.attn] if block.cross_attn is None else [block.attn, block.cross_attn]
        for out in [*(attention.out for attention in attentions), block.mlp[2]]:
            out.weight *= _WEAKNESS
            out.bias *= _WEAKNESS


def _point_at_tokens(model: Whisper, written: list[int]) -> None:
    """Let each position of the decoder choose its token; what comes after the end is the end again."""
    import torch
    from torch.nn.functional import normalize

    decoder = model.decoder
    embedding = decoder.token_embedding.weight
    embedding.copy_(normalize(torch.randn_like(embedding), dim=1))
    chosen = [written[0]] * _FIRST + written + [written[-1]] * model.dims.n_text_ctx
    decoder.positional_embedding.copy_(_STRENGTH * embedding[chosen[: model.dims.n_text_ctx]])


def _look_at_places(model: Whisper, written: list[int]) -> None:
    """Let the heads for word times, where a token is chosen, attend to its place: the same way through all 30 s."""
    import torch

    dims = model.dims
    seen = model.decoder.token_embedding.weight[written[:-1]] * math.sqrt(dims.n_text_state)  # after its layer norm
    places = torch.linspace(0, dims.n_audio_ctx - 1, len(seen)).round().long()
    sound = model.encoder(torch.zeros(1, dims.n_mels, 2 * dims.n_audio_ctx))[0]
    waves = _waves(dims.n_audio_state, dims.n_audio_state // dims.n_text_head // 2)
    for block in list(model.decoder.blocks)[dims.n_text_layer // 2 :]:
        attention = block.cross_attn
        attention.key.weight.zero_()
        for head, rows in enumerate(torch.arange(dims.n_text_state).chunk(dims.n_text_head)):
            attention.key.weight[rows, waves.roll(head)] = 1.0
        keys = sound @ attention.key.weight.T
        keys = (keys - keys.mean(dim=0)).unflatten(1, (dims.n_text_head, -1))[places]
        wanted = _SHARPNESS * math.sqrt(keys.shape[-1]) * keys / keys.square().sum(dim=-1, keepdim=True)
        attention.query.weight.copy_(torch.linalg.lstsq(seen, wanted.flatten(1), driver="gelsd").solution.T)
        attention.query.bias.zero_()


def _waves(states: int, count: int) -> torch.Tensor:
    """Indices of the encoder's positions (sines, then cosines of the same waves) whose waves are of `_PERIODS`."""
    import torch

    speeds = torch.exp(-math.log(10_000) / (states // 2 - 1) * torch.arange(states // 2))
    short, long = ((2 * math.pi / speeds - period).abs().argmin().item() for period in _PERIODS)
    sines = torch.linspace(short, long, count).round().long()
    return torch.cat((sines, sines + states // 2))
