"""Shaobao: event-sourced work-order services. `common` is machinery; the services share events."""
