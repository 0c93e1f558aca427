"""Many prompts at once: a list becomes a folder of motions, on this machine or on a Ray cluster."""
