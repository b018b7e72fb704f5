# Everything happens in .venv beside this file; nothing else on the machine is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
IMAGES ?=
CAMERA ?=
OUT ?= out/demo
WORKERS ?= 4
DEMO_ARGUMENTS ?=
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
# ROS 2 on the machine or not: the environment here brings its own, so that what is tested is what was pinned.
RUN := env -u PYTHONPATH -u AMENT_PREFIX_PATH -u LD_LIBRARY_PATH -u RMW_IMPLEMENTATION

.DEFAULT_GOAL := help
.PHONY: help setup demo test clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'
	@echo "  make test WORKERS=8              eight processes at most, each with up to 3 GB of memory"
	@echo "  make demo IMAGES=folder          look at a folder of photographs instead"
	@echo "  make demo CAMERA=/camera/image   listen to a running camera instead"

setup: $(STAMP) ## make .venv with everything in it (about 6 GB, once)

$(STAMP): setup.py pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 10) <= v <= (3, 13) else f"Python {v[0]}.{v[1]} is not supported: 3.10 to 3.13 are; make setup PYTHON=python3.12")'
	@echo "[1/3] $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "[2/3] packages (PyTorch and ROS 2 wheels, about 6 GB, some minutes the first time)"
	@$(RUN) $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[ros,train,evaluate,test]' \
		| { grep --line-buffered -E '^(Collecting|Downloading|Installing|Successfully)' || true; } | cut -c1-110
	@echo "[3/3] check"
	@$(RUN) $(BIN)/python -c 'import cv2, rclpy, torch, mgcda_core, mgcda_ros'
	@touch $(STAMP)

demo: $(STAMP) ## camera -> node -> hazards: a table, a video and a bag in out/demo
	@$(RUN) $(BIN)/mgcda_demo --out "$(OUT)" $(if $(IMAGES),--images "$(IMAGES)") $(if $(CAMERA),--camera "$(CAMERA)") $(DEMO_ARGUMENTS)

# worksteal hands every worker one row of neighbouring tests, and to one that is done the end of another's: what the tests
# of a file share, exported files and nodes, is made once as a rule, and no core waits for the last long file.
test: $(STAMP) ## all tests, a process per core, four at most
	@$(RUN) $(BIN)/python -m pytest -n logical --maxprocesses $(WORKERS) --dist worksteal

clean: ## remove .venv and out
	rm -rf $(VENV) out
