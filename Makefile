# What people type; each line is a script that can be read and run alone.
.PHONY: run fmt lint test bench

# A demonstration on this machine: builds Facteur and starts it with mail in it.
run:
	@./run

# The style of the code, put right.
fmt:
	@cargo fmt --all

# What the compiler and clippy have to say.
lint:
	@tests/run style lint

# Everything that CI runs: style, lints, tests, real mail programs, fuzzing.
test:
	@tests/run

# Facteur beside Postfix and Dovecot, in one run on this machine.
bench:
	@bench/run
