"""The mall: configuration, store, workers, engine, views, web."""
