"""Scripted partners (替身): programs that behave as a partner would, for tests and for training."""
