"""What a host tests its own code with: worlds for Hypothesis in `testing.strategies`. Imported by path, never by the core."""
