"""Natural questions for regions of code, written by an instruction-tuned base model."""
