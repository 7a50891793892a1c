"""The steps: each moves one thing one step in one unit of work."""
