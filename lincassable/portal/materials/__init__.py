"""Materials on a store's phone: ordered in two taps, placed with a photo."""
