"""How consumers follow logs: processors, cursors, reactions, projections, documents."""
