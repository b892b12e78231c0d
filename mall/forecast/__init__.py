"""How many people a zone will have for the rest of the day, from its history and from ``now``, which is an argument."""
