"""Read models of the console: what its pages show, each by an index, page by page."""
