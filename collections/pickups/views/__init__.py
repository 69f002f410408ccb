"""Pages of carriers and drivers. Thin: they read by `queries`, write by `services`."""
