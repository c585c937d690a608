"""Deltas with which the reader answers: low-rank changes at the rows it runs after the blocks, trained on answers that we wrote."""
