"""Options: what can be done about a situation, what each would change, and how far that is known."""
