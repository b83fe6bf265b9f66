"""The comparison of what went out with what came back counts every field that differs."""

import random
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.outgoing import as_read_back, outgoing
from benchmarks.reading_back import compare
from storage.exports.qdpx import write_qdpx
from storage.files import write_with
from storage.imports.reading import read_coded


def test_what_was_not_touched_does_not_differ_and_each_change_is_one_field(tmp_path: Path) -> None:
    made = as_read_back(outgoing(random.Random(1), tmp_path))
    source = made.sources[0]
    text = source.texts[0]
    assert compare(made, made)[1] == 0
    for changed in (
        replace(made, name="another"),
        replace(made, sources=(replace(source, sha256=""), *made.sources[1:])),
        replace(made, sources=(replace(source, texts=(replace(text, text=f"{text.text} "),)), *made.sources[1:])),
        replace(made, cases=(replace(made.cases[0], attributes=(("group", "x"),)), *made.cases[1:])),
    ):
        assert compare(made, changed)[1] >= 1
        assert sum(compare(made, changed)) > 50


def test_a_missing_source_differs(tmp_path: Path) -> None:
    made = as_read_back(outgoing(random.Random(1), tmp_path))
    assert compare(made, replace(made, sources=()))[1] == len(made.sources)


def test_random_contents_come_back_whole_from_every_seed(tmp_path: Path) -> None:
    for seed in range(25):
        made = outgoing(random.Random(seed), tmp_path)
        write_with(tmp_path / "study.qdpx", partial(write_qdpx, made))
        assert read_coded(tmp_path / "study.qdpx") == as_read_back(made)
