"""Several sources against Trans-GLM's own simulations."""
