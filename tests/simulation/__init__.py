"""The product's own worker, sink and complete-to reader in a simulated world; see README.md."""
