"""Escalation: clocks over every waiting state; raises, whistles, calls and standing duties.

Decides: whether a raise is taken over, who is called out and released, which clock runs out.
Reads: intake's requests, dispatch's orders and registry, its own events; departments' replies.
Publishes: `raise-*`, `whistle-*`, `call-*`, `duty-*`, `clock-*`; messages to departments.
Owns: log_escalation, view_escalation, vault_escalation. It never moves an order: dispatch does.
"""
