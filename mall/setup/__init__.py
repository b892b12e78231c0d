"""The setup page behind its door: what a person places, draws and counts, tried, saved and taken back."""
