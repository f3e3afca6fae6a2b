"""The operator's command line.

decides nothing / reads every log / starts and stops servers and services / owns the state folder.
"""
