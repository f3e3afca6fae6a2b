"""How consumers follow logs: the follower, checkpoints, reactions, projections, documents."""
