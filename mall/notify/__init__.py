"""Telling people and systems outside: an outbox in the store, and webhooks, mail and CAP messages out of it."""
