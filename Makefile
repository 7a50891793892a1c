# What takes longer than tests may. Set up first with ./test
.PHONY: mutants

# Plants reliability bugs one at a time and checks that the tests notice each.
mutants:
	.venv/bin/python scripts/mutants.py
