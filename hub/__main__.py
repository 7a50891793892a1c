"""Lets `python -m hub` stand for the `hub` command."""

from hub.cli.main import main

if __name__ == "__main__":
    main()
