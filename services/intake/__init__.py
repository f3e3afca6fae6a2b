"""Intake 受理: what residents report, until only they say whether it is solved.

Decides   requests: received, classified, forwarded, followed up, reopened, closed.
Reads     dispatch's log (resolutions, who holds an order), escalation's log (missed clocks).
Publishes RequestReceived .. RequestClosed (contracts/events/intake.py) on `intake.events`.
Owns      the log `intake`, the receipts, the reporters' names in its vault, the desk's list.
"""
