"""Training of the networks: python -m engine train vqvae|reader|transformer|evaluator CONFIG."""
