"""Proofs: what a rule calls harmful does harm on a real server, and its cure cures it."""
