# What people type; each line is a script that can be read and run alone.
.PHONY: test bench

# Everything that CI runs: style, lints, tests, real mail programs, fuzzing.
test:
	@tests/run

# Facteur beside Postfix and Dovecot, in one run on this machine.
bench:
	@bench/run
