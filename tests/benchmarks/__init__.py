"""How fast it is, each figure beside its limit in the same run. Not part of the normal run.

`python -m tests.benchmarks` starts servers of its own and runs the `bench_*.py` files, which pytest
collects from nowhere else. Nothing here asserts a time.
"""
