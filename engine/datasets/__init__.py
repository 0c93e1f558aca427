"""Motion data: made from rules, imported, and prepared for training."""
