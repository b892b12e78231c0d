"""Adapt a small detector to a site's own cameras: sample, label by a teacher, train, compare, export."""
