# Each target sets itself up in .venv; the stamp files make a second run fast.
#   make run [PORT=7860] [HOST=127.0.0.1]      make test      make lint      make bench
#   make load [LOAD_ARGS=--visitors=50]: many visitors at once      make test-ray, make bench-ray: replicas (installs ray)
#   make lock: requirements.lock anew; make audit: known faults of what it names (asks the network)
#   make space: the folder of a Hugging Face Space, in build/space; make space-check: start it as there and use it (SPACE_PYTHON=python3.12)
#   make fuzz [FUZZ_ARGS=--examples=300]: data of all kinds for every call of the API
#   make train NAME=wavegan-digits MINUTES=30 [TRAIN_ARGS=--device=cuda]
# On Linux without an NVIDIA GPU the CPU build of torch saves gigabytes:
#   make run PIP_ARGS="--extra-index-url https://download.pytorch.org/whl/cpu"

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
PIP_ARGS ?=
HOST ?= 127.0.0.1
PORT ?= 7860
MINUTES ?= 30
PYTEST_ARGS ?=
TRAIN_ARGS ?=
BENCH_ARGS ?=
LOAD_ARGS ?=
FUZZ_ARGS ?=
WORKERS ?= 2
SPACE_PYTHON ?= python3.12

BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --disable-pip-version-check $(PIP_ARGS)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-ray lint bench bench-ray load fuzz space space-check lock audit train clean

help:
	@sed -n '2,9s/^# *//p' Makefile

run: $(VENV)/.stamp-run
	HOST=$(HOST) PORT=$(PORT) $(BIN)/python app.py

test: $(VENV)/.stamp-test
	@$(BIN)/python -m tests.browser.chromium --install || true
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

lint: $(VENV)/.stamp-test
	$(BIN)/python -m ruff check .

bench: $(VENV)/.stamp-test
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

test-ray: $(VENV)/.stamp-ray
	$(BIN)/python -m pytest tests/inference/test_ray.py $(PYTEST_ARGS)

bench-ray: $(VENV)/.stamp-ray
	$(BIN)/python -m benchmarks.ray $(BENCH_ARGS)

load: $(VENV)/.stamp-test
	$(BIN)/python -m benchmarks.load $(LOAD_ARGS)

fuzz: $(VENV)/.stamp-test
	$(BIN)/python -m tests.fuzzing $(FUZZ_ARGS)

space: $(VENV)/.stamp-run
	rm -rf build/space
	$(BIN)/python -m gan_demos space --out build/space

space-check: build/space-venv/.stamp
	build/space-venv/bin/python -m tests.space_check build/space
	build/space-venv/bin/python -m tests.space_check build/space --zerogpu

# The Python of a Space, with what its folder asks for and nothing else.
build/space-venv/.stamp: requirements.txt gan_demos/space.py | space
	@command -v "$(SPACE_PYTHON)" >/dev/null || { echo "A Space runs on Python 3.12. Install it, or run: make space-check SPACE_PYTHON=/path/to/it"; exit 2; }
	"$(SPACE_PYTHON)" -m venv --clear build/space-venv
	build/space-venv/bin/python -m pip install --disable-pip-version-check $(PIP_ARGS) -r build/space/requirements.txt
	@touch $@

# A virtual environment of their own: what they need is not to mix with what the app needs.
build/tools/bin/%: | $(BIN)/python
	"$(BIN)/python" -m venv build/tools
	build/tools/bin/python -m pip install --disable-pip-version-check $(PIP_ARGS) $*

lock: build/tools/bin/uv
	$< pip compile requirements.txt --universal --python-version 3.11 --generate-hashes --no-header --quiet -o requirements.lock

audit: build/tools/bin/pip-audit
	$< --requirement requirements.lock --require-hashes --no-deps --disable-pip

train: $(VENV)/.stamp-train
	@test -n "$(NAME)" || { echo "Say which model to train, for example: make train NAME=wavegan-digits MINUTES=30"; exit 2; }
	$(BIN)/python -m gan_demos train $(NAME) --minutes $(MINUTES) $(TRAIN_ARGS)

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache build

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and no python3 was found. Install it, or run: make PYTHON=/path/to/python3.11 ..."; exit 2; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is $$("$(PYTHON)" --version 2>&1). Install it, or run: make PYTHON=/path/to/python3.11 ..."; exit 2; }
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "A virtual environment could not be made. On Debian and Ubuntu: apt-get install python3-venv"; exit 2; }

$(VENV)/.stamp-run: requirements.txt | $(BIN)/python
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.stamp-test: requirements.txt requirements-test.txt | $(BIN)/python
	$(PIP) -r requirements.txt -r requirements-test.txt
	@touch $@ $(VENV)/.stamp-run

$(VENV)/.stamp-ray: requirements.txt requirements-test.txt requirements-ray.txt | $(BIN)/python
	$(PIP) -r requirements.txt -r requirements-test.txt -r requirements-ray.txt
	@touch $@ $(VENV)/.stamp-run $(VENV)/.stamp-test

$(VENV)/.stamp-train: requirements.txt requirements-train.txt requirements-train-bare.txt | $(BIN)/python
	$(PIP) -r requirements.txt -r requirements-train.txt
	$(PIP) --no-deps -r requirements-train-bare.txt
	@touch $@ $(VENV)/.stamp-run
