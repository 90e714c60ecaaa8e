# Needs Go and make; everything else is fetched by Go. Start with `make run` or `make test`.

GO        ?= go
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
N         ?= 10000000# rows of `make bench`
FUZZTIME  ?= 20000x# of each fuzz target in `make fuzz`
STATICCHECK = $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2

# EXPERIMENT turns on Go's SIMD package where this toolchain has it (Go 1.26 on amd64). A plain build gives the same answers.
EXPERIMENT = $(shell [ "$$($(GO) env GOARCH)" = amd64 ] && GOEXPERIMENT=simd $(GO) list simd/archsimd >/dev/null 2>&1 && echo GOEXPERIMENT=simd)

# SIMD are the packages that have two forms of code.
SIMD = ./column ./engine/eval ./engine/exec/... ./engine/function ./engine/vector ./sor

# The race detector and the comparison with DuckDB need a C++ compiler; without one they are left out.
COMPILER = $(shell [ "$$($(GO) env CGO_ENABLED)" = 1 ] && command -v $$($(GO) env CXX))

SAMPLE  = sample/files.sor
COLUMNS = path,size,modified,kind
FIRST   = docs/examples/sample/first.sql
EAU2SH  = bin/eau2sh --load files=$(SAMPLE):$(COLUMNS)

.DEFAULT_GOAL := help
.PHONY: help build run run-cluster test lint bench bench-cluster fuzz cover clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

build: ## build bin/eau2sh
	$(EXPERIMENT) $(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/eau2sh ./cmd/eau2sh

run: build $(SAMPLE) ## build, then ask a first question of this machine's own files; on a terminal, stay at the prompt
	@echo && cat $(FIRST) && echo
	@$(EAU2SH) --mode table -f $(FIRST)
	@if [ -t 0 ] && [ -t 1 ]; then \
		echo "The table is loaded as files($(COLUMNS)). Your turn; .help helps, Ctrl-D leaves." && $(EAU2SH); \
	fi

run-cluster: build $(SAMPLE) ## start three nodes on loopback with the sample loaded; on a terminal, open the prompt at one
	@sh docs/examples/sample/cluster.sh bin/eau2sh $(SAMPLE) $(COLUMNS) $(FIRST)

$(SAMPLE):
	sh docs/examples/sample/make.sh $@

test: lint ## check everything: lint, tests with and without SIMD, a short fuzz, the README's commands
	$(GO) test $(if $(COMPILER),-race) ./...
	$(if $(EXPERIMENT),$(EXPERIMENT) $(GO) test $(SIMD))
	$(if $(COMPILER),cd docs/bench && $(GO) vet . && $(GO) test .)
	$(MAKE) --no-print-directory fuzz FUZZTIME=100x

lint: ## gofmt, go vet, staticcheck, go.mod
	@unformatted=$$(gofmt -l .) && if [ -n "$$unformatted" ]; then echo "not gofmt'ed:" $$unformatted; exit 1; fi
	$(GO) vet ./...
	$(if $(EXPERIMENT),$(EXPERIMENT) $(GO) vet $(SIMD))
	$(STATICCHECK) ./...
	$(GO) mod tidy -diff

# A count of inputs, not a time: up to Go 1.26 a time's end can fail a run that found nothing (go.dev/issue/75804).
# Each package is linked once for all its targets.
fuzz: ## run every fuzz target for FUZZTIME (20000x) inputs
	@built=$$(mktemp -d) && trap 'rm -rf "$$built"' EXIT && root=$$(pwd) && kept=$$($(GO) env GOCACHE)/fuzz && \
	for package in $$(grep -rEl '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
		cd "$$root/$$package" && $(GO) test -c -fuzz . -o "$$built/fuzz.test" . || exit 1; \
		for target in $$(grep -hEo '^func Fuzz[A-Za-z0-9_]+' *_test.go | cut -d' ' -f2); do \
			echo "fuzz $$target in $$package" && \
			"$$built/fuzz.test" -test.run '^$$' -test.fuzz "^$$target\$$" -test.fuzztime $(FUZZTIME) \
				-test.fuzzcachedir "$$kept/$$($(GO) list .)" </dev/null || exit 1; \
		done; \
	done

bench: build ## the comparison with DuckDB at N rows (10000000); docs/bench/doc.go lists FLAGS
	cd docs/bench && $(EXPERIMENT) $(GO) run . -n $(N) $(FLAGS)

bench-cluster: build ## what four nodes cost against one, on this machine, at N rows
	cd docs/bench && $(EXPERIMENT) $(GO) run . -nodes 4 -n $(N) $(FLAGS)

cover: ## tests with coverage, summed up by function
	$(GO) test -coverprofile coverage.out -coverpkg ./... ./...
	$(GO) tool cover -func coverage.out

clean: ## remove what was built and made, but not the benchmark's data
	rm -rf bin sample coverage.out
