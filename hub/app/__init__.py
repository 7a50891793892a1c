"""The composition root: settings in, running hub out. Only here adapters get their names.

`hub.app.services` opens what steps and commands use; `hub.app.service` adds the actors and runs.
They are apart because most commands need no actor, and imports cost time.
"""

from __future__ import annotations

from hub.app.services import open_calendar, open_services, open_store

__all__ = ["open_calendar", "open_services", "open_store"]
