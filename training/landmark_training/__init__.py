"""Train landmarks on a frozen language model: data, model, training, measurement, export."""
