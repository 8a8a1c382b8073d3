"""Grades submissions of one lab: a two-layer network on MNIST."""
