"""Documents that are made from the contracts, so that they can't say anything else."""
