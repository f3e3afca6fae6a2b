"""Shaobao: event-sourced work-order services. `common` is machinery; the four services share nothing but events."""
