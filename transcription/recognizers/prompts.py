"""Whisper's tokens, and what it is given before the first word: the study's glossary as one prompt for all windows."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer


def tokenizer_of(multilingual: bool, languages: int, language: str) -> Tokenizer:
    """Whisper's tokens for transcribing a language."""
    from whisper.tokenizer import get_tokenizer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the package leaves closing its vocabulary file to chance
        tokenizer: Tokenizer = get_tokenizer(
            multilingual, num_languages=languages, language=language, task="transcribe"
        )
    return tokenizer


def that_fit(glossary: Sequence[str], tokenizer: Tokenizer, positions: int) -> tuple[str, ...]:
    """As many terms from the front as the prompt has room for; Whisper itself would drop the first ones."""
    kept: list[str] = []
    for term in glossary:
        if len(tokenizer.encode(" " + ", ".join([*kept, term]))) > positions // 2 - 1:
            break
        kept.append(term)
    return tuple(kept)


def first_tokens(tokenizer: Tokenizer, prompt: str, positions: int) -> list[int]:
    """What a window's text begins with: the prompt, if any, the language, the task."""
    if not prompt:
        return list(tokenizer.sot_sequence)
    said = tokenizer.encode(" " + prompt.strip())[-(positions // 2 - 1) :]
    return [tokenizer.sot_prev, *said, *tokenizer.sot_sequence]
