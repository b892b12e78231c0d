"""Pixels: sources, detectors and a tracker that know nothing of plans, malls or stores; plain arrays go out."""
