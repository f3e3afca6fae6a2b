"""Dispatch: work orders, and the registry that everybody's chart is folded from.

Decides: who holds an order and what its holder may do; which version of the registry is in force.
Reads: intake's requests; escalation's raises and whistles. Publishes: `workOrder-*`, `registry-*`.
Owns: log_dispatch, view_dispatch, vault_dispatch. Closing and reopening follow the request alone.
"""
