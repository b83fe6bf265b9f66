"""A micro Whisper with what training from scratch needs: a small vocabulary, short windows, auxiliary losses.

The layers are Whisper's own, so that the result can be exported as a checkpoint which the package loads.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as functional
from torch import Tensor, nn
from whisper.model import ModelDimensions, MultiHeadAttention, Whisper, sinusoids

from demo.model.vocabulary import FIRST_TIMESTAMP, WHISPER_TIMESTAMPS, WHISPER_TOKENS, Vocabulary
from demo.model.windows import Batch

WIDTH, HEADS, ENCODER_LAYERS, DECODER_LAYERS = 128, 4, 4, 3
_MELS, _FRAMES, _CONTEXT = 80, 1_500, 448
_NO_SPEECH = 50_361
_TIMESTAMP_S = 0.02
# Where each head of each encoder layer looks at first, in frames of 20 ms from its own.
_HEAD_OFFSETS = ((-3, -1, 1, 3), (-7, -2, 2, 7), (-12, -4, 4, 12), (-18, -6, 6, 18))
_FUSED_FROM = 600  # positions; below this plain bfloat16 products are faster than the fused kernel


@dataclass(frozen=True)
class Weights:
    """Weights of the parts of the loss; `timestamps` is that of a timestamp among the decoder's tokens."""

    phones: float
    words: float
    guide: float
    timestamps: float


class MicroWhisper(nn.Module):
    """Encoder with frame classifiers for phonemes (middle layer) and words, and a decoder whose attention is
    guided to the words it writes."""

    sinusoids: Tensor

    def __init__(self, vocabulary: Vocabulary, n_phones: int) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self.dims = ModelDimensions(
            *(_MELS, _FRAMES, WIDTH, HEADS, ENCODER_LAYERS),
            *(WHISPER_TOKENS, _CONTEXT, WIDTH, HEADS, DECODER_LAYERS),
        )
        whisper = Whisper(self.dims)
        self.encoder, self.blocks, self.norm = whisper.encoder, whisper.decoder.blocks, whisper.decoder.ln
        self.register_buffer("sinusoids", sinusoids(WHISPER_TIMESTAMPS, WIDTH))
        self.text_rows = nn.Parameter(torch.randn(vocabulary.n_used, WIDTH) * 0.05)
        # a timestamp is an encoder frame: its row is that frame's sinusoid, turned, shifted and a little changed
        self.time_turn = nn.Parameter(torch.eye(WIDTH) * 0.1)
        self.time_shift = nn.Parameter(torch.randn(WIDTH) * 0.05)
        self.time_rest = nn.Parameter(torch.zeros(WHISPER_TIMESTAMPS, WIDTH))
        away = nn.functional.normalize(torch.randn(WIDTH), dim=0)
        self.never_row = nn.Parameter(-3 * away)  # one row for all unused tokens, far from every output
        self._log_unused = math.log(WHISPER_TOKENS - vocabulary.n_used - WHISPER_TIMESTAMPS)
        self.positions = nn.Parameter(sinusoids(_CONTEXT, WIDTH) * 0.05)
        self.phone_head = nn.Linear(WIDTH, n_phones + 1)
        self.word_head = nn.Linear(WIDTH, vocabulary.n_words)
        with torch.no_grad():
            self.norm.bias += 3 * away
            self._start_loud()
            for layer, block in enumerate(self.encoder.blocks):
                _look_aside(block.attn, _HEAD_OFFSETS[layer], first=layer == 0, free=layer == ENCODER_LAYERS - 1)

    def _start_loud(self) -> None:
        """Make sound as large as positions; by default it is 15 times smaller and nothing is learnt from it."""
        self.encoder.conv1.weight *= 2
        self.encoder.conv2.weight *= 3
        for block in self.encoder.blocks:
            block.attn.value.weight *= 1.5

    def encode(self, mel: Tensor, offsets: Tensor) -> tuple[Tensor, Tensor]:
        """(windows, frames, width) after the last and after the middle layer; a window's positions begin at
        its offset."""
        encoder = self.encoder
        x = functional.gelu(encoder.conv1(mel))
        x = functional.gelu(encoder.conv2(x)).transpose(1, 2)
        x = x + encoder.positional_embedding[offsets[:, None] + torch.arange(x.shape[1])]
        middle = x
        for layer, block in enumerate(encoder.blocks):
            x = x + _attend(block.attn, block.attn_ln(x))
            x = x + block.mlp(block.mlp_ln(x))
            if layer == ENCODER_LAYERS // 2 - 1:
                middle = x
        return encoder.ln_post(x), middle

    def embedding(self) -> Tensor:
        """Rows of all compact tokens."""
        times = self.sinusoids @ self.time_turn + self.time_shift + self.time_rest
        return torch.cat([self.text_rows, times, self.never_row[None]])

    def decode(self, tokens: Tensor, encoded: Tensor) -> tuple[Tensor, list[Tensor], Tensor]:
        """Outputs, the guided layers' attention (windows, heads, tokens, frames), and the embedding."""
        embedding = self.embedding()
        x = embedding[tokens] + self.positions[: tokens.shape[1]]
        attention: list[Tensor] = []
        for layer, block in enumerate(self.blocks):
            x = x + _attend(block.attn, block.attn_ln(x), causal=True)
            if layer >= DECODER_LAYERS // 2:  # whisper's default alignment heads: the last half
                looked, weights = _attend_visibly(block.cross_attn, block.cross_attn_ln(x), encoded)
                attention.append(weights)
            else:
                looked = _attend(block.cross_attn, block.cross_attn_ln(x), encoded)
            x = x + looked
            x = x + block.mlp(block.mlp_ln(x))
        return self.norm(x).float(), attention, embedding

    def losses(self, batch: Batch, decoder: bool, weights: Weights) -> dict[str, Tensor]:
        """`loss` to be minimised, its parts, and accuracies to be watched."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            encoded, middle = self.encode(batch.mel, batch.offsets)
            phones, words = self.phone_head(middle), self.word_head(encoded)
        spoken = batch.words > 0
        out = {
            "phone": functional.cross_entropy(phones.float().flatten(0, 1), batch.phones.flatten()),
            "word": functional.cross_entropy(words.float().flatten(0, 1), batch.words.flatten()),
            "phones_right": (phones.argmax(-1) == batch.phones)[spoken].float().mean(),
            "words_right": (words.argmax(-1) == batch.words)[spoken].float().mean(),
        }
        loss = weights.phones * out["phone"] + weights.words * out["word"]
        if decoder:
            out |= self._decoder_losses(batch, encoded, weights.timestamps)
            loss = loss + out["decoder"] + weights.guide * out["guide"]
        return out | {"loss": loss}

    def _decoder_losses(self, batch: Batch, encoded: Tensor, timestamp_weight: float) -> dict[str, Tensor]:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            outputs, attention, embedding = self.decode(batch.inputs, encoded)
        kept = batch.targets >= 0
        target = batch.targets[kept]
        logits = outputs[kept] @ embedding.T
        logits = torch.cat([logits[:, :-1], logits[:, -1:] + self._log_unused], 1)
        logprob = logits.log_softmax(-1)
        missed = -logprob.gather(1, target[:, None])[:, 0]
        is_time = self._is_time(target)
        weight = torch.ones_like(missed)
        weight[is_time] = timestamp_weight
        weight[target == self._vocabulary.no_timestamps] = 0
        best = logprob.argmax(-1)
        both_times = is_time & self._is_time(best)
        return {
            "decoder": (missed * weight).sum() / weight.sum(),
            "guide": _guide_loss(attention, batch.guide),
            "tokens_right": (best == target)[~is_time].float().mean(),
            "timestamps_off_s": (best - target).abs()[both_times].float().mean() * _TIMESTAMP_S,
        }

    def _is_time(self, tokens: Tensor) -> Tensor:
        return (tokens >= self._vocabulary.first_timestamp) & (tokens < self._vocabulary.never)

    @torch.no_grad()
    def export(self, path: Path, mantissa: int | None = None) -> None:
        """Write a checkpoint in openai-whisper's format, fp16; with `mantissa` only so many bits of each
        number are kept, so that the file packs well."""
        state = {
            **{f"encoder.{name}": tensor for name, tensor in self.encoder.state_dict().items()},
            **{f"decoder.blocks.{name}": tensor for name, tensor in self.blocks.state_dict().items()},
            **{f"decoder.ln.{name}": tensor for name, tensor in self.norm.state_dict().items()},
            "decoder.token_embedding.weight": self._whisper_rows(),
            "decoder.positional_embedding": self.positions,
        }
        checkpoint = {"dims": asdict(self.dims), "model_state_dict": _halved(state, mantissa)}
        partial = path.with_suffix(".partial")
        torch.save(checkpoint, partial)
        partial.replace(path)

    def _whisper_rows(self) -> Tensor:
        """Rows of Whisper's 51,864 tokens."""
        compact, vocabulary = self.embedding(), self._vocabulary
        rows = self.never_row[None].repeat(WHISPER_TOKENS, 1)
        rows[torch.tensor(vocabulary.used)] = compact[: vocabulary.n_used]
        times = compact[vocabulary.first_timestamp : vocabulary.never]
        rows[FIRST_TIMESTAMP : FIRST_TIMESTAMP + WHISPER_TIMESTAMPS] = times
        # in silence <|0.00|> must win over <|1.00|>, or transcribe(word_timestamps=True) creeps on by seconds
        rows[FIRST_TIMESTAMP] += 0.4 * rows[_NO_SPEECH]
        return rows


def _look_aside(attention: MultiHeadAttention, offsets: tuple[int, ...], first: bool, free: bool) -> None:
    """Begin heads as local filters: with turned sinusoids, query and key agree best at a chosen offset. With
    `free` the last head is left as it is."""
    head_width, half = WIDTH // HEADS, WIDTH // 2
    frequency = torch.exp(-math.log(10_000) / (half - 1) * torch.arange(half))
    query, key = attention.query.weight, attention.key.weight
    query *= 0.3
    key *= 0.3
    gain = 1.8 if first else 2.4
    for head in range(HEADS - 1 if free else HEADS):
        offset = offsets[head]
        for j in range(head_width // 2):
            f = j if abs(offset) < 6 else j + 4  # lower frequencies for larger offsets
            turn = float(frequency[f]) * offset
            sine, cosine = head * head_width + j, head * head_width + head_width // 2 + j
            key[sine, f] += gain
            key[cosine, half + f] += gain
            # sin(w(i+o)) = sin cos + cos sin, cos(w(i+o)) = cos cos - sin sin
            query[sine, f] += gain * math.cos(turn)
            query[sine, half + f] += gain * math.sin(turn)
            query[cosine, half + f] += gain * math.cos(turn)
            query[cosine, f] -= gain * math.sin(turn)


def _heads(attention: MultiHeadAttention, x: Tensor, source: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Query, key and value, each (windows, heads, positions, width of a head)."""
    parts = (attention.query(x), attention.key(source), attention.value(source))
    query, key, value = (part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in parts)
    return query, key, value


def _attend(attention: MultiHeadAttention, x: Tensor, source: Tensor | None = None, causal: bool = False) -> Tensor:
    query, key, value = _heads(attention, x, x if source is None else source)
    if x.shape[1] <= _FUSED_FROM and not causal:
        with torch.autocast("cpu", enabled=False):
            scaled = query * query.shape[-1] ** -0.5
            looked = (scaled @ key.transpose(-1, -2)).softmax(-1) @ value
    else:
        looked = functional.scaled_dot_product_attention(query.float(), key.float(), value.float(), is_causal=causal)
    out: Tensor = attention.out(looked.transpose(1, 2).flatten(2))
    return out


def _attend_visibly(attention: MultiHeadAttention, x: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
    """As `_attend`, with the attention weights."""
    query, key, value = _heads(attention, x, source)
    weights = (query.float() @ key.float().transpose(-1, -2) * query.shape[-1] ** -0.5).softmax(-1)
    looked = weights.to(value.dtype) @ value
    return attention.out(looked.transpose(1, 2).flatten(2)), weights


def _guide_loss(attention: list[Tensor], guide: Tensor) -> Tensor:
    """-log of the attention that falls on the frames of the word, for tokens that have some."""
    guided = guide.any(-1)
    layers = []
    for weights in attention:
        hit = (weights * guide[:, None]).sum(-1)
        layers.append(-(hit + 1e-5).log().mean(1)[guided].mean())
    return torch.stack(layers).mean()


def _halved(state: Mapping[str, Tensor], mantissa: int | None) -> dict[str, Tensor]:
    return {name: _rounded(tensor.detach().to(torch.float16).contiguous(), mantissa) for name, tensor in state.items()}


def _rounded(half: Tensor, mantissa: int | None) -> Tensor:
    """An fp16 tensor with all but the first `mantissa` of its 10 bits rounded away."""
    if mantissa is None:
        return half.clone()
    drop = 10 - mantissa
    bits = half.view(torch.int16).to(torch.int32)
    bits = ((bits + (1 << (drop - 1))) >> drop) << drop
    return bits.to(torch.int16).view(torch.float16).clone()
