"""The tests of Baton, sorted by what they need."""
