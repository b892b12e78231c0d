"""What a worker does for one camera: from a picture to people on the floor, and how far they are trusted."""
