"""Trains the micro Whisper on a corpus: CPU, one process with one thread per core, gradients averaged.

The phases last a given time rather than a number of steps, so the result depends on the machine.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.multiprocessing.spawn import spawn

from demo.model.corpus import Corpus
from demo.model.network import MicroWhisper, Weights
from demo.model.vocabulary import Vocabulary
from demo.model.windows import Windows

_PORT = "29511"
_REPORT_EVERY = 50  # steps
_GUIDE_WEIGHT = 0.3
_SLOWEST = 0.02  # share of the learning rate that is left at the end
_CLIP = 1.0


@dataclass(frozen=True)
class Phase:
    """A stretch of training: windows of `seconds`, with or without the decoder, for `minutes`."""

    seconds: float
    decoder: bool
    minutes: float

    @property
    def prompted(self) -> float:
        """Share of batches with earlier text as prompt."""
        return 0.05 if self.seconds < 10 else 0.15 if self.seconds < 25 else 0.3


@dataclass(frozen=True)
class Run:
    """One training run; `batch_s` is seconds of audio per process and step, `flat` the share of the time with
    the full learning rate, `strength` that of the changes of speed and formants."""

    name: str
    phases: tuple[Phase, ...]
    batch_s: float
    learning_rate: float = 2e-3
    flat: float = 0.3
    warmup: int = 150
    auxiliary: float = 0.5
    timestamps: float = 0.5
    strength: float = 1.0

    @property
    def total_s(self) -> float:
        return 60 * sum(phase.minutes for phase in self.phases)

    def phase_at(self, elapsed_s: float) -> Phase:
        """The phase after so many seconds; the last at the end."""
        end = 0.0
        for phase in self.phases:
            end += 60 * phase.minutes
            if elapsed_s < end:
                return phase
        return self.phases[-1]

    def rate_at(self, elapsed_s: float, step: int) -> float:
        """The learning rate: a warm-up by steps, then flat, then falling in a line."""
        share = elapsed_s / self.total_s
        fall = 1.0 if share < self.flat else max(_SLOWEST, 1 - (share - self.flat) / (1 - self.flat))
        return self.learning_rate * min(1.0, (step + 1) / self.warmup) * fall

    def weights_at(self, elapsed_s: float) -> Weights:
        """Weights of the loss; the frame labels count half in the second half of a run."""
        auxiliary = self.auxiliary * (1 if elapsed_s < 0.5 * self.total_s else 0.5)
        return Weights(phones=auxiliary, words=auxiliary, guide=_GUIDE_WEIGHT, timestamps=self.timestamps)


def train(run: Run, corpus: Path, folder: Path, start_from: Path | None, processes: int = 2) -> Path:
    """Train, and return the file with the state of the network in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / f"{run.name}.state.pt"
    if processes == 1:
        _work(0, 1, run, corpus, state, start_from)
    else:
        spawn(_work, (processes, run, corpus, state, start_from), nprocs=processes)  # type: ignore[no-untyped-call]
    return state


def load_network(state: Path, vocabulary: Vocabulary) -> MicroWhisper:
    """The network whose state `train` stored."""
    tensors = torch.load(state, weights_only=True)
    network = MicroWhisper(vocabulary, n_phones=tensors["phone_head.weight"].shape[0] - 1)
    network.load_state_dict(tensors)
    return network


def _work(rank: int, processes: int, run: Run, corpus_folder: Path, state: Path, start_from: Path | None) -> None:
    torch.set_num_threads(1)
    if processes > 1:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=_PORT)
        dist.init_process_group("gloo", rank=rank, world_size=processes)
    vocabulary = Vocabulary()
    corpus = Corpus(corpus_folder, vocabulary)
    torch.manual_seed(7)  # the same beginning in every process
    network = load_network(start_from, vocabulary) if start_from else MicroWhisper(vocabulary, corpus.n_phones)
    windows = Windows(corpus, vocabulary, seed=1 + rank, strength=run.strength)
    _optimise(network, windows, run, processes, loud=rank == 0)
    if rank == 0:
        torch.save(network.state_dict(), state)
    if processes > 1:
        dist.destroy_process_group()


def _optimise(network: MicroWhisper, windows: Windows, run: Run, processes: int, loud: bool) -> None:
    optimiser = _optimiser(network, run.learning_rate)
    parameters = list(network.parameters())
    log: list[dict[str, float]] = []
    for step, elapsed_s in enumerate(_clock(run.total_s, processes)):
        phase, rate = run.phase_at(elapsed_s), run.rate_at(elapsed_s, step)
        for group in optimiser.param_groups:
            group["lr"] = rate
        size = max(2, int(run.batch_s / phase.seconds))
        batch = windows.batch(size, phase.seconds, phase.decoder, phase.prompted)
        losses = network.losses(batch, phase.decoder, run.weights_at(elapsed_s))
        optimiser.zero_grad(set_to_none=True)
        losses["loss"].backward()  # type: ignore[no-untyped-call]
        if processes > 1:
            _average(parameters, processes, everywhere=phase.decoder)
        nn.utils.clip_grad_norm_([p for p in parameters if p.grad is not None], _CLIP)
        optimiser.step()
        log.append({name: float(value.detach()) for name, value in losses.items()})
        if loud and len(log) == _REPORT_EVERY:
            print(_report(run.name, step + 1, elapsed_s, rate, log), flush=True)
            log.clear()
    if loud and log:
        print(_report(run.name, step + 1, elapsed_s, rate, log), flush=True)


def _optimiser(network: MicroWhisper, learning_rate: float) -> torch.optim.Optimizer:
    """AdamW; matrices decay, vectors and what a timestamp's row differs by do not."""
    decaying: list[nn.Parameter] = []
    steady: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        decays = parameter.dim() > 1 and name != "time_rest"
        (decaying if decays else steady).append(parameter)
    groups = [{"params": decaying, "weight_decay": 0.01}, {"params": steady, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.98), eps=1e-8)


def _clock(total_s: float, processes: int) -> Iterator[float]:
    """Seconds since the start, the same in all processes, until the time is up."""
    start = time.monotonic()
    while True:
        elapsed = torch.tensor([time.monotonic() - start])
        if processes > 1:
            dist.broadcast(elapsed, 0)
        if elapsed.item() >= total_s:
            return
        yield elapsed.item()


def _average(parameters: list[nn.Parameter], processes: int, everywhere: bool) -> None:
    """Average gradients over the processes; without the decoder only where there is one."""
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    flat /= processes
    parts: tuple[Tensor, ...] = torch.split(flat, [p.numel() for p in parameters])
    for parameter, part in zip(parameters, parts, strict=True):
        parameter.grad = part.view_as(parameter) if everywhere or parameter.grad is not None else None


def _report(name: str, step: int, elapsed_s: float, rate: float, log: list[dict[str, float]]) -> str:
    means = []
    for key in log[-1]:
        values = [row[key] for row in log if key in row and row[key] == row[key]]  # a batch may lack a kind
        if values:
            means.append(f"{key}={sum(values) / len(values):.3f}")
    return f"{name} step {step}, {elapsed_s / 60:.1f} min, rate {rate:.1e}: {' '.join(means)}"
