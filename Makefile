# Each target is the first one a fresh checkout may need: it makes .venv and installs what it takes.

PYTHON ?= python3
BIN := .venv/bin
DEMO ?= fieldcall-demo
STUDY ?= $(if $(wildcard $(DEMO)/study.toml),$(DEMO),study)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
TORCH := $(shell sed -n 's/^torch==//p' constraints.txt)
# PyTorch's own index of builds without CUDA, used only where the usual build would bring CUDA along
TORCH_CPU_INDEX ?= https://download.pytorch.org/whl/cpu

.PHONY: demo test serve lint bench demo-model clean

demo: .venv/.demo  ## the whole way once, in the new folder fieldcall-demo/
	$(BIN)/fieldcall demo $(DEMO)

test: .venv/.test
	$(BIN)/python -m pytest -n 2

serve: .venv/.demo  ## Prefect's server and workers for STUDY: the demo's if it is there, else a new one
	@test -f $(STUDY)/study.toml || $(BIN)/fieldcall init $(STUDY)
	$(BIN)/fieldcall --study $(STUDY) serve

lint: .venv/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/.bench
	$(BIN)/python -m benchmarks.scheduling
	$(BIN)/python -m benchmarks.storage
	$(BIN)/python -m benchmarks.transcription

demo-model: .venv/.train  ## trains the demo's Whisper model again, about 95 minutes on two cores; needs espeak-ng
	$(BIN)/python -m demo.model.train_all

clean:
	rm -rf .venv

.venv/.python:
	$(PYTHON) -m venv .venv
	touch $@

# Linux builds of torch on the usual index bring CUDA, gigabytes of it. A Linux machine without an NVIDIA card takes the
# build without it: from where pip looks anyway if one is there, else from PyTorch's own index.
.venv/.torch: .venv/.python constraints.txt
	@if [ "$$(uname -s)" != Linux ] || command -v nvidia-smi >/dev/null; then \
	  echo "installing torch $(TORCH)"; $(PIP) torch==$(TORCH); \
	elif $(BIN)/python -m pip --disable-pip-version-check index versions torch 2>/dev/null | grep -qF '$(TORCH)+cpu'; then \
	  echo "installing torch $(TORCH) without CUDA"; $(PIP) torch==$(TORCH)+cpu; \
	else \
	  echo "installing torch $(TORCH) without CUDA from $(TORCH_CPU_INDEX)"; \
	  $(PIP) --no-deps --index-url $(TORCH_CPU_INDEX) torch==$(TORCH)+cpu; \
	fi
	touch $@

.venv/.demo .venv/.test .venv/.lint .venv/.train .venv/.bench: .venv/.%: .venv/.torch pyproject.toml
	@echo "installing fieldcall with what '$*' needs"
	$(PIP) --editable '.[$*]'
	touch $@
