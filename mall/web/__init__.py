"""Pages, interface, live stream and widget; the only place that knows Dash and FastAPI."""
