# One-word targets; each that needs the environment makes it first.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
DATA ?=
SCALE ?= tests/scale
PRECISIONS ?= float32 int8 bfloat16 AVX2 noise

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-serve check test test-scale test-cluster test-precisions test-lowest crash-test soak lint typecheck fix fuzz hostile attack sbom mutate bench evaluate clean model-wheel image-steps

help: ## list these targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.installed ## make .venv and install the project into it

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) --editable .
	$(BIN)/python -m compileall -q recommender  # else each start does it, under PYTHONDONTWRITEBYTECODE
	touch $@

.venv/.tools: .venv/.installed # what tests, checks and benchmarks need besides
	$(INSTALL) --editable '.[dev]'
	touch $@

.venv/.scale: .venv/.tools # the engines and the cluster of the tests
	$(INSTALL) --editable '.[scale]'
	touch $@

demo: setup ## build the index from seeds/, search, find a related article
	$(BIN)/recommender build seeds --into vectors
	$(BIN)/recommender search "gevechten om Bachmoet" -k 3
	$(BIN)/recommender similar "000_1010306ca34bd51d#4" -k 3
	$(BIN)/recommender related 000_1010306ca34bd51d -k 3
	@echo
	@echo "To look at it in a browser: make demo-serve, then open http://127.0.0.1:8080/"

demo-serve: .venv/.serve ## serve the index of the demo on http://127.0.0.1:8080/ until Ctrl-C
	test -f vectors/CURRENT || $(BIN)/recommender build seeds --into vectors
	$(BIN)/recommender serve --index vectors --desk

.venv/.serve: .venv/.installed
	$(INSTALL) --editable '.[serve]'
	touch $@

check: .venv/.tools lint typecheck ## check style and types, run the tests without model, process or long work
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m "not model and not process and not slow"

test: .venv/.tools lint typecheck ## check style and types, run the tests
	$(BIN)/python -m pytest -n auto --dist loadfile

test-precisions: .venv/.tools ## test answers in each arithmetic, or in PRECISIONS="float32 int8"
	$(BIN)/python tests/support/precisions.py $(PRECISIONS) -q

test-scale: .venv/.scale ## test search engines and builds on a cluster; installs them for the tests
	RECOMMENDER_TEST_MILVUS=1 $(BIN)/python -m pytest -q -rs $(SCALE)

test-cluster: .venv/.scale ## kill processes of a Milvus of many processes (minutes); installs it and etcd
	command -v etcd > /dev/null || apt-get install -y -qq --no-install-recommends etcd-server > /dev/null
	$(INSTALL) --editable '.[cluster]'
	RECOMMENDER_TEST_CLUSTER=1 $(BIN)/python -m pytest -q -rs tests/scale/test_cluster.py

LOWEST := .venv-lowest/bin/python
test-lowest: .venv/.tools ## test security and loading with the lowest versions allowed
	$(BIN)/python tests/support/lowest.py > .venv-lowest.txt
	test -x $(LOWEST) || $(PYTHON) -m venv .venv-lowest
	$(LOWEST) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  --constraint .venv-lowest.txt --editable '.[formats]' pytest hypothesis
	# numpy.testing of NumPy 2.0 starts a process when it is imported, so it is imported first.
	$(LOWEST) -m pytest -p numpy.testing tests/encoders tests/text tests/articles tests/cli/test_model.py

lint: .venv/.tools ## check the style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

typecheck: .venv/.tools ## check the types
	$(BIN)/mypy

fix: .venv/.tools ## repair what the style check can repair
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/.tools ## measure speed and memory against named references
	$(INSTALL) --editable '.[dev,bench]'
	$(BIN)/python -m benchmarks

crash-test: .venv/.tools ## kill and break builds at every point, with readers asking (minutes)
	PYTHONPATH=.:tests OMP_NUM_THREADS=1 $(BIN)/python tests/end_to_end/crash.py

soak: .venv/.tools ## write, kill and ask at random for an hour; HOURS=0.1 for less
	PYTHONPATH=.:tests OMP_NUM_THREADS=1 $(BIN)/python tests/end_to_end/soak.py --seconds $$(awk 'BEGIN {print 3600 * $(or $(HOURS),1)}')

attack: .venv/.tools ## play attacks of strangers, machines and bad luck; ends at the first loss (minutes)
	PYTHONPATH=.:tests OMP_NUM_THREADS=1 $(BIN)/python tests/end_to_end/attack.py

sbom: .venv/.tools ## list what an installation brings along, with licences
	$(BIN)/python tests/support/sbom.py

mutate: .venv/.tools ## change files of indexes under right checksums (minutes), or COUNT=n
	PYTHONPATH=.:tests OMP_NUM_THREADS=1 $(BIN)/python tests/end_to_end/mutate.py --count $(or $(COUNT),500)

fuzz: .venv/.tools ## give each reader damaged files for a minute, or SECONDS=n
	PYTHONPATH=.:tests OMP_NUM_THREADS=1 $(BIN)/python tests/end_to_end/fuzz.py --seconds $(or $(SECONDS),60)

hostile: .venv/.tools ## give each reader 2,000 hostile files, or FILES=n SEED=n; goes on where it was
	PYTHONPATH=.:tests OMP_NUM_THREADS=1 $(BIN)/python tests/end_to_end/hostile.py --state .hostile.jsonl \
	  --files $(or $(FILES),2000) --seed $(or $(SEED),0)

image-steps: setup ## do the steps of the Containerfile without a container (minutes)
	PYTHONPATH=.:tests $(BIN)/python tests/support/image.py

model-wheel: setup ## pack the bundled model as a wheel for every platform, in dist/
	PYTHONPATH=.:tests $(BIN)/python tests/support/model_wheel.py dist

evaluate: setup ## measure answers, on labelled data: make evaluate DATA=folder
	$(if $(DATA),,$(BIN)/recommender build seeds --into vectors --quiet)
	$(BIN)/recommender evaluate $(DATA)

clean: ## delete the environment, caches and the index made by the demo
	rm -rf .venv .venv-lowest .venv-lowest.txt .hostile.jsonl .pytest_cache .mypy_cache .ruff_cache build *.egg-info
	find vectors -mindepth 1 ! -name README.md -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
