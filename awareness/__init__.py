"""Trainings, animations, events, signage and visits: what makes it better."""
