"""The command line: how commands are typed, and what they print.

decides nothing / does nothing itself: that is in `local`, `operating`, `demo` and `audit`.
"""
