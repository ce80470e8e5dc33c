.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: run test test-services bench build assets lint demo clean help setup

# What go test runs on, and what is passed to the program by demo and run.
PKG ?= ./...
ARGS ?=

run: build ## Install what is missing, build, and serve on http://localhost:8080
	@exec ./bin/unified serve $(ARGS)

test: assets ## Run all tests with the race detector (PKG=./config for one package)
	@trap : INT TERM; status=0; \
	go test -race -timeout 70m $(PKG) || status=$$?; \
	(cd examples && go vet ./... && go test -race ./...) || status=$$?; \
	[ ! -e var/postgres-test.users ] || flock -n var/postgres-test.users sh scripts/stop.sh var/postgres-test || true; \
	exit $$status

test-services: assets ## Sign people in through a real Dovecot and Apache, ask Postfix, and go through proxies (as root)
	@sh scripts/setup-services.sh
	@trap : INT TERM; status=0; \
	go test -tags services -count=1 -parallel 4 ./internal/services || status=$$?; \
	[ ! -e var/postgres-test.users ] || flock -n var/postgres-test.users sh scripts/stop.sh var/postgres-test || true; \
	exit $$status

bench: build ## Measure what docs/PERFORMANCE.md says, and lists beside their floor (ARGS="-audit 200000" for a short run)
	@go test ./auth ./admin ./crud ./schema ./views -run xxx -bench . -benchmem
	@go run ./bench/lists $(ARGS)

build: assets ## Build bin/unified
	@go build -buildvcs=false -o bin/unified .

assets: setup static/dist/manifest.json ## Bundle style sheets and scripts into static/dist

lint: assets bin/golangci-lint ## Check format, vet, lint and the graph of packages
	@unformatted=$$(find . \( -name node_modules -o -name var \) -prune -o -name '*.go' -print | xargs gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "not formatted by gofmt:" $$unformatted >&2; exit 1; fi
	@go vet ./...
	@./bin/golangci-lint run

demo: build ## Fill the database with a believable company (ARGS="-n 1000" for 1000 users)
	@./bin/unified init --demo $(ARGS)

clean: ## Stop this checkout's private servers and remove all that was made
	@go run run_server.go stop
	@sh scripts/stop.sh var/postgres*
	@for dir in var/postgres* var/service; do if [ -h "$$dir" ]; then rm -rf "$$(readlink -f "$$dir")"; fi; done
	@rm -rf var bin node_modules
	@find static/dist -mindepth 1 ! -name .gitkeep -delete

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' Makefile

setup:
	@sh scripts/setup.sh

node_modules/.package-lock.json: package-lock.json
	@npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

static/dist/manifest.json: node_modules/.package-lock.json $(shell find static/src static/build -type f)
	@go run ./static/build

bin/golangci-lint: tools/go.mod tools/go.sum
	@echo 'building golangci-lint; this takes some minutes the first time'
	@cd tools && go build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
