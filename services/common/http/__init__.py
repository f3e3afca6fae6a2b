"""HTTP at the edge: routes, checks, problems, tokens, paging, with nameko and without."""
