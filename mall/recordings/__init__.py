"""Commands that read a recording and write lines: count, calibrate, fuse, measure."""
