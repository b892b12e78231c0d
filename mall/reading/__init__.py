"""What the engine does for a level: from points to people, zones, lines, heat, minutes and public levels."""
