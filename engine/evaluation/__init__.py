"""Scores and checks of motions."""
