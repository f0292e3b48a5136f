"""Commands of `kfportal` with commands of their own below them."""
