"""Translation into other systems' standards: pure, without a network."""
