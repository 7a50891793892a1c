"""Lets `python -m hub_verify` work like `hub-verify`."""

from hub_verify.main import main

main()
