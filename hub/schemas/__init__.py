"""JSON Schemas (2020-12) of events that the hub sends and commands that it takes."""
