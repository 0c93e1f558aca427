"""Training of both networks: python -m engine train vqvae|transformer CONFIG."""
