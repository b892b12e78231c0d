"""Rules, situations and their words: when somebody should look, and why."""
