"""What is measured: speed of worker, store and web on this machine; accuracy against truth."""
