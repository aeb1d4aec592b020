# .ci/run is the truth; these are its steps by name, and what it leaves out.
FUZZTIME ?= 30s
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
IMAGE    ?= zoomusers:$(VERSION)

.DEFAULT_GOAL := help
.PHONY: help test lint ci demo bench microbench fuzz mutants campaign image vuln

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

test: ## run every test
	go test ./...

lint: ## check format, imports and code (golangci-lint v2.15.0)
	golangci-lint fmt --diff
	golangci-lint run

ci: ## run what a change must pass
	.ci/run

demo: ## start the sandbox and the bot in it
	go run ./cmd/zoomusers demo

bench: ## print the table of figures, in some seven minutes; needs redis-server
	go test -C cmd/zoomusers -tags table -count 1 -timeout 30m -parallel 16 -run '^TestTable$$'

microbench: ## run the benchmarks of the packages
	go test -run '^$$' -bench . -benchmem ./...

fuzz: ## fuzz every target for FUZZTIME (30s)
	@set -e; for pkg in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

mutants: ## take away one mechanism after the other; the tests have to notice
	go test -count 1 -timeout 60m -tags mutants -run '^TestMutants$$' ./jobs

campaign: ## kill the bot 500 times, and Redis with it
	go test -count 1 -timeout 120m -tags campaign -run '^TestCampaign$$' ./cmd/zoomusers -campaign.kills 500

image: ## build the container image
	docker build -f deployments/Dockerfile --build-arg VERSION=$(VERSION) -t $(IMAGE) .

vuln: ## look for known vulnerabilities in what is called
	go run golang.org/x/vuln/cmd/govulncheck@latest ./...
