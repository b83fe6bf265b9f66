"""The whole recipe of the demo model: corpus, four training runs, packing.

``python -m demo.model.train_all --out FOLDER`` takes about two hours on two cores and leaves
``whisper-demo.pt.xz`` in FOLDER; the model that is bundled is not touched. ``--quick`` runs every step for
seconds, only to show that the recipe works: its model knows nothing.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from demo.model.corpus import make_corpus
from demo.model.pack import pack
from demo.model.train import Phase, Run, train

UTTERANCES = 24_000
_LATE = {"batch_s": 60.0, "timestamps": 1.0}

# What was learnt in making them stands in README.md.
RUNS = (
    Run("r1", (Phase(5, False, 6),), batch_s=48),
    Run("r2", (Phase(5, True, 14), Phase(10, True, 4)), batch_s=48),
    Run("r3", (Phase(15, True, 10), Phase(30, True, 32)), **_LATE, auxiliary=0.3, warmup=60, flat=0.25),
    Run(
        "r4",
        (Phase(30, True, 19),),
        **_LATE,
        learning_rate=8e-4,
        flat=0.1,
        warmup=20,
        auxiliary=0.15,
        strength=0.6,
    ),
)
_QUICK_UTTERANCES = 500
_QUICK_S = 6.0  # of each phase


def train_all(folder: Path, quick: bool) -> Path:
    """Run the recipe in `folder`; returns the packed model."""
    hours = make_corpus(folder / "corpus", _QUICK_UTTERANCES if quick else UTTERANCES)
    print(f"corpus: {hours:.1f} h", flush=True)
    state: Path | None = None
    for run in map(_shortened, RUNS) if quick else RUNS:
        state = train(run, folder / "corpus", folder, start_from=state)
    assert state is not None, "the recipe has runs"
    return pack(state, folder)


def _shortened(run: Run) -> Run:
    phases = tuple(replace(phase, minutes=_QUICK_S / 60) for phase in run.phases)
    return replace(run, phases=phases)


def main() -> None:
    """Run the recipe from the command line."""
    parser = argparse.ArgumentParser(description="Train the demo model from nothing.")
    parser.add_argument("--out", type=Path, default=Path("build/demo-model"), help="for corpus, states and model")
    parser.add_argument("--quick", action="store_true", help="every step for seconds; the model will know nothing")
    arguments = parser.parse_args()
    print(train_all(arguments.out, arguments.quick))


if __name__ == "__main__":
    main()
