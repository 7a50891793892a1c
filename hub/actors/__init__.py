"""Threads that run due tasks; pykka lives here."""
