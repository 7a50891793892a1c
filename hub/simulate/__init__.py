"""Invented days of business with known differences: what the hub is shown, tried and tested on."""
