"""Metrics: figures, counted from the three logs.

decides    nothing
reads      the logs of intake, dispatch and escalation; the registry for units and policies
publishes  nothing
owns       request_records, whistle_records, duty_records; `/v1/kpis` and the figures at `/metrics`
"""
