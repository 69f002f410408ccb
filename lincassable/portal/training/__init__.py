"""Trainings as a store's team meets them: on the place's phone page, and the quiz with its attestation."""
