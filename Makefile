# SPDX-License-Identifier: MIT OR Apache-2.0
# Two commands are all there is to know: `make run VIDEO=movie.mkv` and `make test`. `make help` lists the rest;
# CONTRIBUTING.md says when to run what.

# Everything is built once, in one profile: what is run is what is tested.
CARGO_FLAGS := --release --locked
TARGET := $(or $(CARGO_TARGET_DIR),target)
FACEGROUP := $(TARGET)/release/facegroup

# Where models, ONNX Runtime and the sample reel are kept: the rule of models::store::home.
DATA := $(or $(FACEGROUP_HOME),$(or $(XDG_DATA_HOME),$(HOME)/.local/share)/facegroup)
SAMPLE := $(DATA)/sample-reel.mp4

# make run VIDEO=movie.mkv OUT=folder ARGS="--step 1"; a video has its own folder, so that one never meets another's.
VIDEO ?= $(SAMPLE)
OUT ?=
ARGS ?=
# make bare-machine SUITES=bookworm
SUITES ?=
# make test CHECKS= installs nothing for the tests alone; they say what they skip.
CHECKS ?= 1
# Where continuous integration runs, a test that skips what tests/may-skip.txt does not list has failed.
STRICT := $(if $(filter-out false 0,$(CI)),FACEGROUP_STRICT=1)
# What only tests and measurements need is built with them. It asks no more of what is built before: nothing is built
# twice.
CHECKED := facegroup-tests facegroup-benches facegroup-examples testkit untrusted
# What the tests said; their skips are listed again at the end.
SAID := $(TARGET)/tests.log
# make check BASE=HEAD~1 compares with another commit than where this branch left main.
BASE ?=
# make fuzz FUZZ="h264 npz" FUZZ_SECONDS=600
FUZZ ?= $(basename $(notdir $(wildcard fuzz/fuzz_targets/*.rs)))
FUZZ_SECONDS ?= 60
# In the recipes' environment, so that the shell sees names with spaces and quotes as they are.
export SAMPLE VIDEO OUT BASE SAID

.PHONY: help setup build models checks run check test deny fuzz bench bare-machine valgrind soak install uninstall deb clean
.NOTPARALLEL:

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

setup: build models ## Install what is missing, build, obtain the models (instant the second time)

build:
	@setup/packages
	@setup/rust
	cargo build $(CARGO_FLAGS) --workspace $(CHECKED:%=--exclude %)

models:
	@$(FACEGROUP) models get --default
	@test -s "$$SAMPLE" || $(FACEGROUP) demo-reel "$$SAMPLE"

checks:
	@[ -z "$(CHECKS)" ] || { FACEGROUP_CHECKS=1 setup/packages && $(FACEGROUP) models get mtcnn dlib-resnet; } || \
	echo 'going on: the tests that miss something say so'

run: setup ## The people of VIDEO=movie.mkv (or of the sample reel), in OUT=out/movie; more with ARGS="--step 1"
	@name=$$(basename "$$VIDEO"); out=$${OUT:-out/$${name%.*}}; \
	$(FACEGROUP) run "$$VIDEO" -o "$$out" $(ARGS) && printf 'result     %s: a folder a person, open %s\n' "$$out/faces" "$$out/report.html"

check: ## Quick: formatting, lints and unit tests of the packages that changed; installs nothing (BASE=COMMIT)
	@CARGO_FLAGS="$(CARGO_FLAGS)" tests/changed

test: setup checks ## Formatting, lints, every test and what it says; what .ci/run calls
	cargo fmt --all --check
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets -- -D warnings
	@echo '$(STRICT) cargo test $(CARGO_FLAGS) --workspace -- --show-output'; rm -f "$$SAID.status"; \
	{ $(STRICT) cargo test $(CARGO_FLAGS) --workspace -- --show-output 2>&1; echo $$? >"$$SAID.status"; } | tee "$$SAID"; \
	exit "$$(cat "$$SAID.status")"
	tests/under-valgrind
	@if command -v cargo-deny >/dev/null; then $(MAKE) --no-print-directory deny DENY=--offline; \
	else echo 'skipped: cargo deny (not installed: cargo install --locked cargo-deny)'; fi
	@if grep -q '^skipped: ' "$$SAID"; then echo 'What was skipped (with FACEGROUP_STRICT=1 tests/may-skip.txt alone lets it pass):'; \
	sed -n 's/^skipped: /  /p' "$$SAID" | LC_ALL=C sort -u; fi

deny: ## Licences, sources and advisories of the dependencies (needs cargo-deny)
	cargo deny $(DENY) --locked check $(if $(DENY),bans licenses sources)

# libFuzzer needs flags that stable compilers refuse without the variable. What is found new stays out of the seeds.
fuzz: ## Made-up bytes for every parser, FUZZ_SECONDS=60 each, or for FUZZ="h264 npz" (needs cargo-fuzz)
	@cargo fuzz --version >/dev/null 2>&1 || \
	{ echo 'make fuzz: cargo-fuzz is missing: cargo install --locked cargo-fuzz' >&2; exit 2; }
	@for target in $(FUZZ); do \
		found=$(abspath $(TARGET))/fuzz/corpus/$$target; mkdir -p "$$found" && \
		RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none --target-dir $(abspath $(TARGET))/fuzz $$target \
			"$$found" fuzz/corpus/$$target -- -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 \
			-max_len=16384 -print_final_stats=1 || exit 1; \
	done

bench: setup ## How fast, as a ratio against decoding alone; what a frame allocates; what the kernels take
	cargo build $(CARGO_FLAGS) --workspace
	$(TARGET)/release/facegroup-benches
	$(TARGET)/release/allocations
	$(TARGET)/release/kernels

bare-machine: ## make run and make test in bare Debian 12 and 13 trees (root; SUITES="bookworm trixie")
	tests/bare-machine $(SUITES)

valgrind: setup ## Tests of metas and elements under valgrind
	tests/under-valgrind

soak: setup ## 200,000 frames through all elements: the memory must stay flat
	cargo build $(CARGO_FLAGS) --workspace
	$(TARGET)/release/soak

install: ## Plugins to where GStreamer looks, the rest under PREFIX=/usr/local (DESTDIR=, PLUGINDIR=)
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" PLUGINDIR="$(PLUGINDIR)" setup/install

uninstall: ## Remove what make install put there
	@UNINSTALL=1 PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" PLUGINDIR="$(PLUGINDIR)" setup/install

deb: build ## A package for this Debian (needs cargo-deb: cargo install --locked cargo-deb; DEB="-o folder")
	@for of in bash zsh fish man; do \
		name=$$of; [ $$of != man ] || name=1; $(FACEGROUP) completions $$of >$(TARGET)/release/facegroup.$$name || exit 1; \
	done
	cargo deb --no-build --strip -p launcher --variant "$$($(CC) -print-multiarch)" $(DEB)

clean: ## Remove what was built (models and results stay)
	cargo clean
