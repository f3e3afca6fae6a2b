"""Everything that crosses a service border. Pure: no driver, no framework.

The log is the truth *and* the contract: what is written here is what other services read.
"""
