"""Trainings, animations, events, signage and visits: the floor is reserved, its models come with that capability."""
