"""The public pages: the map and its list, a place's own page, the question about a bottle, open data. Nothing personal in any of it."""
