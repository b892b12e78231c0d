"""``app.py distill``: adapt the small detector to a site's own cameras, and leave nothing of their pictures behind."""
