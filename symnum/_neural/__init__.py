"""What the learned models share: their files, configurations and decoding."""
