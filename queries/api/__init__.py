"""The JSON API: routes, access, limits, problems."""
