"""The memory of a mall: minutes and quarter-hours in Parquet, asked with DuckDB. Only this room knows either.

``keeper.py`` is the engine's side, which writes; ``joined.py`` what web processes ask, with the store's last minutes;
``stored.py`` what lies in the files alone.
"""
