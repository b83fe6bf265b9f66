"""Greedy decoding of several windows at once with openai-whisper's network and its own rules for the next token.

`whisper.decode` takes a batch too, but keeps every window in it until the last one is finished. Here a window that
has ended leaves at once. Keys and values of the sound are computed once, those of the text lie in memory that is laid
out beforehand, and query, key and value of a token are one product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch.nn import functional as F

from transcription.recognizers.int8 import Int8Linear, joined

if TYPE_CHECKING:
    from whisper import Whisper
    from whisper.decoding import DecodingTask

_TOKENS_AT_ONCE = 16  # whose logits lie in memory together where they are not for decoding


@dataclass(frozen=True, slots=True)
class Greedy:
    """What was decoded of one window: tokens without the end, and what the model thought before the first one."""

    tokens: tuple[int, ...]
    average_logprob: float
    at_start: torch.Tensor  # probabilities (vocabulary,) after <|startoftranscript|>: of silence, and of languages


@dataclass(frozen=True, slots=True)
class Sound:
    """Keys (rows, heads, states of a head, frames) and values (rows, heads, frames, states of a head) for each layer.

    Both lie as a token reads them, from one end to the other: that reading is what decoding on a processor waits for.
    """

    layers: tuple[tuple[torch.Tensor, torch.Tensor], ...]

    def __len__(self) -> int:
        return len(self.layers[0][0])

    @property
    def device(self) -> torch.device:
        return self.layers[0][0].device

    def rows(self, rows: Sequence[int]) -> Sound:
        """Those of some of the windows; without a copy where they lie side by side."""
        first, last = rows[0], rows[-1] + 1
        part = slice(first, last) if list(rows) == list(range(first, last)) else list(rows)
        return Sound(tuple((keys[part], values[part]) for keys, values in self.layers))


class GreedyDecoder:
    """Whisper's decoder laid out for batches of one token a step: in 8-bit where the model is, else in `dtype`."""

    def __init__(self, model: Whisper, dtype: torch.dtype = torch.float32) -> None:
        decoder = model.decoder
        quantised = isinstance(decoder.blocks[0].attn.query, Int8Linear)
        self._dtype = dtype
        self._tokens = decoder.token_embedding.weight
        self._positions = decoder.positional_embedding
        self._layers = [_layer(block, dtype) for block in decoder.blocks]
        self._norm = _norm(decoder.ln, dtype)
        self._alignment_heads = [(int(layer), int(head)) for layer, head in model.alignment_heads.indices().T]
        self._to_logits = Int8Linear(self._tokens, None) if quantised else _linear(self._tokens, None, dtype)

    def listen(self, encoded: Sequence[torch.Tensor]) -> Sound:
        """What every token attends to, from encodings (frames, states) of windows to be decoded together."""
        stacked = torch.stack(list(encoded))
        return Sound(tuple(layer.of_sound(stacked) for layer in self._layers))

    def decode(self, sound: Sound, task: DecodingTask) -> list[Greedy]:
        """Decode windows together. `task` holds Whisper's options, first tokens and rules."""
        cache = _Cache(sound, len(task.initial_tokens) + task.sample_len)
        device = sound.device
        tokens = torch.tensor([task.initial_tokens] * len(sound), device=device)
        sums = torch.zeros(len(sound), device=device)
        here = list(range(len(sound)))  # which window each row is
        ended: dict[int, tuple[tuple[int, ...], float]] = {}
        hidden = self._hidden(tokens, cache)
        at_start = self._logits(hidden[:, task.sot_index]).softmax(dim=-1)
        eot, begin = task.tokenizer.eot, task.sample_begin
        for step in range(task.sample_len):
            chosen, logprobs = _next(self._logits(hidden[:, -1]), tokens, task)
            sums = sums + logprobs
            tokens = torch.cat((tokens, chosen[:, None]), dim=1)
            last = step + 1 == task.sample_len
            stay = [row for row, token in enumerate(chosen.tolist()) if token != eot and not last]
            for row in sorted(set(range(len(here))) - set(stay)):
                said = tuple(token for token in tokens[row, begin:].tolist() if token != eot)
                ended[here[row]] = (said, float(sums[row]) / (len(said) + 1))
            if not stay:
                break
            if len(stay) < len(here):
                tokens, sums, here = tokens[stay], sums[stay], [here[row] for row in stay]
                cache.keep(stay)
            hidden = self._hidden(tokens[:, -1:], cache)
        return [Greedy(*ended[number], at_start[number]) for number in range(len(sound))]

    def attention(self, sound: Sound, tokens: Sequence[int], see: Callable[[torch.Tensor], None]) -> torch.Tensor:
        """How one window's text attends to its sound, as if it had just been decoded.

        `see` is shown the scores (tokens, frames) of each of the model's alignment heads before softmax. Returns the
        states (tokens, states) after the last layer.
        """

        def watch(number: int, query: torch.Tensor) -> None:
            keys = sound.layers[number][0]
            for layer, head in self._alignment_heads:
                if layer == number:
                    see((query[0, head] @ keys[0, head]).float())

        given = torch.tensor([list(tokens)], device=sound.device)
        return self._hidden(given, _Cache(sound, len(tokens)), watch)[0]

    def probabilities(self, states: torch.Tensor, tokens: Sequence[int], vocabulary: int) -> list[float]:
        """How likely each token is after the states (tokens, states) before it, among the first of the vocabulary."""
        found: list[float] = []
        for first in range(0, len(tokens), _TOKENS_AT_ONCE):
            some = tokens[first : first + _TOKENS_AT_ONCE]
            likely = self._logits(states[first : first + len(some)])[:, :vocabulary].softmax(dim=-1)
            found += likely[range(len(some)), list(some)].tolist()
        return found

    def _hidden(
        self, tokens: torch.Tensor, cache: _Cache, watch: Callable[[int, torch.Tensor], None] | None = None
    ) -> torch.Tensor:
        """(rows, tokens) -> (rows, tokens, states) after the last layer; the cache grows by the tokens.

        `watch` is shown what each layer asks of the sound: its number and (rows, heads, tokens, states of a head).
        """
        begin, end = cache.length, cache.length + tokens.shape[1]
        x = (self._tokens[tokens] + self._positions[begin:end]).to(self._dtype)
        for number, layer in enumerate(self._layers):
            x = x + layer.attend_text(layer.text_norm(x), cache.text[number], begin, end)
            query = layer.query_of(layer.sound_norm(x))
            if watch is not None:
                watch(number, query)
            x = x + layer.attend_sound(query, *cache.sound.layers[number])
            x = x + layer.contract(F.gelu(layer.expand(layer.mlp_norm(x))))
        cache.length = end
        return self._norm(x)

    def _logits(self, hidden: torch.Tensor) -> torch.Tensor:
        return self._to_logits(hidden).float()


Function: TypeAlias = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer of the decoder; `text` makes query, key and value at once, `sound` key and value of the sound."""

    heads: int
    text_norm: Function
    text: Function
    text_out: Function
    sound_norm: Function
    sound_query: Function
    sound_key: Function
    sound_value: Function
    sound_out: Function
    mlp_norm: Function
    expand: Function
    contract: Function

    def attend_text(self, x: torch.Tensor, cached: torch.Tensor, begin: int, end: int) -> torch.Tensor:
        query, key, value = self.text(x).view(*x.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        cached[0, :, :, begin:end] = key
        cached[1, :, :, begin:end] = value
        several = x.shape[1] > 1  # only the first tokens come several at once, with nothing before them
        heard = F.scaled_dot_product_attention(query, cached[0, :, :, :end], cached[1, :, :, :end], is_causal=several)
        return self.text_out(heard.transpose(1, 2).flatten(2))

    def query_of(self, x: torch.Tensor) -> torch.Tensor:
        """(rows, heads, tokens, states of a head), scaled so that its product with the keys is the scores."""
        query: torch.Tensor = self.sound_query(x).view(*x.shape[:2], self.heads, -1).transpose(1, 2)
        query *= query.shape[-1] ** -0.5
        return query

    def attend_sound(self, query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        heard = (query @ keys).softmax(dim=-1) @ values
        return self.sound_out(heard.transpose(1, 2).flatten(2))

    def of_sound(self, sound: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values as in `Sound`, of encodings (rows, frames, states)."""
        keys, values = (of(sound).view(*sound.shape[:2], self.heads, -1) for of in (self.sound_key, self.sound_value))
        return keys.permute(0, 2, 3, 1).contiguous(), values.transpose(1, 2).contiguous()


def _layer(block: Any, dtype: torch.dtype) -> _Layer:
    text, sound = block.attn, block.cross_attn
    return _Layer(
        heads=text.n_head,
        text_norm=_norm(block.attn_ln, dtype),
        text=_joined((text.query, text.key, text.value), dtype),
        text_out=_of(text.out, dtype),
        sound_norm=_norm(block.cross_attn_ln, dtype),
        sound_query=_of(sound.query, dtype),
        sound_key=_of(sound.key, dtype),
        sound_value=_of(sound.value, dtype),
        sound_out=_of(sound.out, dtype),
        mlp_norm=_norm(block.mlp_ln, dtype),
        expand=_of(block.mlp[0], dtype),
        contract=_of(block.mlp[2], dtype),
    )


def _of(layer: Any, dtype: torch.dtype) -> Function:
    return layer if isinstance(layer, Int8Linear) else _linear(layer.weight, layer.bias, dtype)


def _joined(layers: Sequence[Any], dtype: torch.dtype) -> Function:
    """Layers of the same input as one, their outputs side by side. Whisper's keys have no bias."""
    if isinstance(layers[0], Int8Linear):
        return joined(layers)
    biases = [torch.zeros(len(layer.weight)).to(layer.weight) if layer.bias is None else layer.bias for layer in layers]
    return _linear(torch.cat([layer.weight for layer in layers]), torch.cat(biases), dtype)


def _linear(weight: torch.Tensor, bias: torch.Tensor | None, dtype: torch.dtype) -> Function:
    weight, bias = weight.detach().to(dtype), None if bias is None else bias.detach().to(dtype)
    return lambda x: F.linear(x, weight, bias)


def _norm(layer: Any, dtype: torch.dtype) -> Function:
    weight, bias = layer.weight.detach().to(dtype), layer.bias.detach().to(dtype)
    return lambda x: F.layer_norm(x, weight.shape, weight, bias, layer.eps)


class _Cache:
    """What has been computed once: of the sound, complete; of the text, keys and values as far as `length`."""

    def __init__(self, sound: Sound, most_tokens: int) -> None:
        rows, heads, _, width = sound.layers[0][1].shape
        self.length = 0
        self.sound = sound
        self.text = sound.layers[0][0].new_empty((len(sound.layers), 2, rows, heads, most_tokens, width))

    def keep(self, rows: Sequence[int]) -> None:
        """Let go of all rows but these."""
        self.sound = self.sound.rows(rows)
        self.text = self.text[:, :, rows]


def _next(logits: torch.Tensor, tokens: torch.Tensor, task: DecodingTask) -> tuple[torch.Tensor, torch.Tensor]:
    """The likeliest token of each row that Whisper's rules allow, and its log probability among those."""
    for rule in task.logit_filters:
        rule.apply(logits, tokens)
    logprobs = F.log_softmax(logits.float(), dim=-1)
    chosen = logprobs.argmax(dim=-1)
    return chosen, logprobs.gather(1, chosen[:, None])[:, 0]
