"""The database and the archive: the queue and the truth of the hub."""
