"""Turns a base and its trained landmarks into a model package: graphs, tensor table, manifest."""
