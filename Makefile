# The front door; each target is one line, the work is in tools/.
.PHONY: help run stop test mutate check bench fmt clean
.DEFAULT_GOAL := help

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile
run:  ## build and start everything for this machine (again: keeps all data)
	@tools/run
stop:  ## stop everything that make run started
	@tools/stop
test:  ## all tests, with real servers
	@tools/test
mutate:  ## ask the API 100,000 odd requests, however long it takes
	@tools/mutate
check:  ## format, doors, flow, clang-tidy on what changed, unit tests
	@tools/check
bench:  ## measure; prints a table and writes build/bench.json
	@tools/bench
fmt:  ## format the code
	@tools/format
clean:  ## stop, and remove everything made here, data included
	@tools/clean
