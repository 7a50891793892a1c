"""Fuzzing of everything that meets bytes from outside: `python -m tests.fuzz` (`make fuzz`)."""
