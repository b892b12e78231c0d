"""Drills: an exercise runs the very path of the mall on a store of its own, so that people and rules can be tried."""
