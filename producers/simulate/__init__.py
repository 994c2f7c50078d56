"""A made-up live feed: believable, endless, and the same again for the same seed and clock."""
