# anila-cpu: the targets that people use. CI calls .ci/run.
GO      ?= go
PYTHON  ?= python3
JAX     ?= $(PYTHON)
MPICC   ?= mpicc
ROUNDS  ?= 3
COUNT   ?= 6

.PHONY: help build build-mpi test run lint bench bench-peers race noasm tiers qemu cross fuzz mutants mpi soak

build run: export CGO_ENABLED = 0

build: ## the static binary ./anila-cpu
	$(GO) build -trimpath -o anila-cpu ./cmd/anila-cpu

build-mpi: ## ./anila-cpu for several machines, against the MPI of MPICC (mpicc, mpicc.openmpi, mpicc.mpich)
	CGO_ENABLED=1 CC=$(MPICC) $(GO) build -trimpath -tags mpi -o anila-cpu ./cmd/anila-cpu

help: ## this list
	@sed -nE 's/^([a-z][a-z -]*):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r target text; do printf '%-42s %s\n' "$$target" "$$text"; done

test: ## the whole suite on the best instruction set of this CPU
	$(GO) test ./...

run: ## the main job on its embedded default
	$(GO) run ./cmd/anila-cpu train

lint: ## gofmt and vet, as the CI has them
	.ci/run format vet

bench: ## Go benchmarks; give two outputs of this to benchstat
	$(GO) test -run '^$$' -bench . -count $(COUNT) ./bench/

bench-peers: ## alternates anila-cpu, PyTorch and JAX: 25 minutes with ROUNDS=3; PYTHON has torch, JAX jax (or neither)
	$(GO) run ./bench/peers -python $(PYTHON) -jax $(JAX) -rounds $(ROUNDS)

race noasm tiers qemu cross fuzz mpi: ## single sections of the CI
	.ci/run $@

mutants: ## plants the bugs of internal/mutants/lists, each of which its test must see
	$(GO) run ./internal/mutants

soak: ## the long forms of the tests of samplers and of reliability (an hour or more)
	ANILA_LONG=1 $(GO) test -timeout 4h -count 1 ./langevin/...
	ANILA_SOAK=1 $(GO) test -timeout 4h -count 1 -v -run 'Soak|Kill|Fault|Endurance' ./train/... ./cmd/...
	FUZZ=Hostile FUZZTIME=10m .ci/run fuzz
